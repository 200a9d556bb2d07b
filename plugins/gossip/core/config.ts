/** Timings and limits of the membership protocol (protocol/gossip.md §7). */
export interface SwimConfig {
  /** Bound of connecting, and again of the exchange, of a stream. */
  readonly tcpTimeoutMs: number
  /** Helpers asked when a probed member does not answer. */
  readonly indirectChecks: number
  /** A message is sent this many times, times the logarithm of the pool. */
  readonly retransmitMult: number
  /** Shortest suspicion, in probe intervals, at up to ten members. */
  readonly suspicionMult: number
  /** Longest suspicion over shortest. */
  readonly suspicionMaxTimeoutMult: number
  /** How often full views are exchanged, in pools of up to 32; 0 never. */
  readonly pushPullIntervalMs: number
  readonly probeIntervalMs: number
  /** How long the direct answer to a probe may take. */
  readonly probeTimeoutMs: number
  /** Whether a probe also tries TCP when UDP stays silent. */
  readonly tcpPings: boolean
  /** One more than the worst health score. */
  readonly awarenessMax: number
  readonly gossipIntervalMs: number
  /** Members a gossip tick speaks to. */
  readonly gossipNodes: number
  /** How long the dead are still spoken to, so that they can protest, and remembered. */
  readonly gossipToTheDeadMs: number
  /** After this time the name of a dead member may come back under another address; 0 never. */
  readonly deadNodeReclaimMs: number
  /** What a packet may hold, the checksum not counted. */
  readonly packetBudgetBytes: number
  readonly metaMaxBytes: number
}

/** memberlist's own values for a local network. */
export const lanConfig: SwimConfig = {
  tcpTimeoutMs: 10_000,
  indirectChecks: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullIntervalMs: 30_000,
  probeIntervalMs: 1000,
  probeTimeoutMs: 500,
  tcpPings: true,
  awarenessMax: 8,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipToTheDeadMs: 30_000,
  deadNodeReclaimMs: 0,
  packetBudgetBytes: 1400,
  metaMaxBytes: 512,
}

/** memberlist's own values across the internet. */
export const wanConfig: SwimConfig = {
  ...lanConfig,
  tcpTimeoutMs: 30_000,
  suspicionMult: 6,
  pushPullIntervalMs: 60_000,
  probeIntervalMs: 5000,
  probeTimeoutMs: 3000,
  gossipIntervalMs: 500,
  gossipNodes: 4,
  gossipToTheDeadMs: 60_000,
}

/** memberlist's own values for members on one machine. */
export const localConfig: SwimConfig = {
  ...lanConfig,
  tcpTimeoutMs: 1000,
  indirectChecks: 1,
  retransmitMult: 2,
  suspicionMult: 3,
  pushPullIntervalMs: 15_000,
  probeTimeoutMs: 200,
  gossipIntervalMs: 100,
  gossipToTheDeadMs: 15_000,
}

/** What Consul agents use in the pool of their datacenter. */
export const consulLanConfig: SwimConfig = { ...lanConfig, deadNodeReclaimMs: 30_000 }

/** What Consul servers use in the pool across datacenters. */
export const consulWanConfig: SwimConfig = { ...wanConfig, gossipNodes: 3, deadNodeReclaimMs: 30_000 }
