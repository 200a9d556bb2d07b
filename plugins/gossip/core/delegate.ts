import type { Alive, PushPullNode } from './messages.ts'
import type { NodeState } from './node-state.ts'

/**
 * What Swim asks of the layer above, which is serf. All of it is synchronous and called from within `receive`, `tick`
 * and their like; `now` is the moment those were given. A delegate may call back into Swim, except for `receive`, `tick` and
 * `mergeRemote`.
 */
export interface SwimDelegate {
  /** What this member shows of itself; at most `limitBytes`. Asked at start and by `updateMeta`. */
  meta(limitBytes: number): Buffer

  /** A message of the layer above arrived, by gossip, addressed packet or stream. `payload` may be kept. */
  userMessage(payload: Buffer, now: number): void

  /** Whether `broadcasts` would have something to give. Nothing is asked for while both queues are empty. */
  broadcastsWaiting(): boolean

  /**
   * Messages to travel along, as bodies without memberlist's type byte. The sum of their lengths, each increased by
   * `overheadBytes`, stays within `limitBytes`. What is returned counts as transmitted once.
   */
  broadcasts(overheadBytes: number, limitBytes: number): Buffer[]

  /** The layer's own part of a push/pull. */
  localState(join: boolean): Buffer

  /** The other side's part; never called with an empty one. Members are merged already. */
  mergeState(state: Buffer, join: boolean, now: number): void

  /** What goes into the answer to a ping. */
  ackPayload(): Buffer

  /** A probe was answered directly, by UDP, after `rttMs`. `payload` is the answer's, empty from old peers. */
  pinged(node: NodeState, rttMs: number, payload: Buffer, now: number): void

  /** A member became alive: a new one, or one that was dead or left. Also called for this member itself, at start. */
  joined(node: NodeState, now: number): void

  /** A member is gone: `node.state` is 'dead', or 'left' when it said so itself. */
  left(node: NodeState, now: number): void

  /** A living member shows another meta. */
  updated(node: NodeState, now: number): void

  /**
   * A reason to ignore this announcement, or undefined. Asked for each one, also those from a push/pull and about members
   * that are known; not about this member itself at its start. The place for datacenter and CIDR rules (§11.3).
   */
  vetoAlive(alive: Alive): string | undefined

  /** A reason to refuse the whole view, or undefined. Asked by both sides of a push/pull that joins. */
  vetoMerge(nodes: readonly PushPullNode[]): string | undefined

  /** Two living members claim one name: `other` announced what `existing` has. The announcement is ignored. */
  conflict(existing: NodeState, other: Alive, now: number): void
}
