import type { SwimConfig } from '../core/config.ts'

const hourMs = 3_600_000

/** Timings and limits of serf (protocol/gossip.md §7), and what it shares with the layer below. */
export interface SerfConfig {
  /** Logical times of which events are remembered; older events are not accepted any more. */
  readonly eventSlots: number
  readonly querySlots: number
  /** Of name and payload together, and again of the encoded message. */
  readonly userEventSizeMax: number
  readonly querySizeMax: number
  readonly responseSizeMax: number
  /** How long a leave waits for its message to spread, once for serf's and once for memberlist's. */
  readonly broadcastTimeoutMs: number
  /** How long a member that left goes on answering, so that the others hear of it from somebody who lives. */
  readonly leavePropagateDelayMs: number
  /** How often the long gone are looked for. */
  readonly reapIntervalMs: number
  /** How often a failed member may be tried again. */
  readonly reconnectIntervalMs: number
  /** How long failed members are remembered; a member's own tag `rc_tm` wins. */
  readonly reconnectTimeoutMs: number
  /** How long members that left are remembered; a member's own tag `rc_tm` wins. */
  readonly tombstoneTimeoutMs: number
  /** How long an intent waits for the member it is about. */
  readonly intentTimeoutMs: number
  readonly queueCheckIntervalMs: number
  /** Messages that may wait to be spread, at least; twice the members when that is more. */
  readonly queueDepthMin: number
  readonly queryTimeoutMult: number
  /** Whether a member whose name is taken asks the others and stops when they know the other one. Consul: no. */
  readonly resolvesConflicts: boolean
  readonly gossipIntervalMs: number
  readonly retransmitMult: number
  /** A larger message travels with no packet. */
  readonly packetBudgetBytes: number
}

/** What Consul sets for serf, for a pool with these settings of memberlist. */
export function consulSerfConfig(swim: SwimConfig): SerfConfig {
  const { gossipIntervalMs, retransmitMult, packetBudgetBytes } = swim
  return { ...consulDefaults, gossipIntervalMs, retransmitMult, packetBudgetBytes }
}

const consulDefaults = {
  eventSlots: 512,
  querySlots: 512,
  userEventSizeMax: 512,
  querySizeMax: 1024,
  responseSizeMax: 1024,
  broadcastTimeoutMs: 5000,
  leavePropagateDelayMs: 3000,
  reapIntervalMs: 15_000,
  reconnectIntervalMs: 30_000,
  reconnectTimeoutMs: 72 * hourMs,
  tombstoneTimeoutMs: 24 * hourMs,
  intentTimeoutMs: 300_000,
  queueCheckIntervalMs: 30_000,
  queueDepthMin: 4096,
  queryTimeoutMult: 16,
  resolvesConflicts: false,
}
