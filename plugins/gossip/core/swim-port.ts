import type { Effect } from './effects.ts'
import type { Endpoint, PushPull, SwimMessage } from './messages.ts'
import type { NodeState } from './node-state.ts'

/**
 * What driver and serf may ask of Swim. Times are monotonic milliseconds and never go back. After every call that takes
 * `now` the driver carries out `take()` and sets its one timer to `nextTickAt()`.
 */
export interface SwimPort {
  readonly name: string

  /** This member becomes alive in its own eyes; timers begin. Call once, after the delegate is ready to be asked. */
  start(now: number): void

  /** A message of a packet or, for `user`, of a stream. `from` is the packet's source. TCP pings do not come here. */
  receive(message: SwimMessage, from: Endpoint, now: number): void

  /** Does all that fell due. Early and repeated calls are harmless. */
  tick(now: number): void

  /** The earliest moment `tick` has something to do. May move closer by any call, also by a delegate's new broadcast. */
  nextTickAt(): number

  /** What is to be done, once. */
  take(): Effect[]

  /** This member's view, for a push/pull that it starts or answers. */
  localPushPull(join: boolean): PushPull

  /**
   * Takes in the other side's view. `join` is what the dialler wanted (the acceptor: what the request says). Returns
   * why it was refused as a whole, or undefined. An acceptor sends its own view before it merges (§4.3).
   */
  mergeRemote(remote: PushPull, join: boolean, now: number): string | undefined

  /** The TCP ping of this number was answered. */
  tcpPong(seqNo: number, now: number): void

  /** Announces the delegate's meta anew, under a higher incarnation. */
  updateMeta(now: number): void

  /** Says farewell. A `leaveSent` effect tells when it has spread as far as this member can take it. */
  leave(now: number): void

  /** Bytes the packet layers put around each packet (label, encryption), which the packet budget has to hold. */
  setPacketOverhead(bytes: number): void

  /** The belief about a member; undefined for one never met or long gone. */
  node(name: string): NodeState | undefined

  /** This member in its own eyes. */
  self(): NodeState

  /** All that is known, in no order: this member included, and the dead and left until they are purged. */
  nodes(): Iterable<NodeState>

  /** How many `nodes()` there are: the n of every formula. */
  readonly size: number

  /** How many are alive or suspect, this member included. */
  readonly livingCount: number

  /** 0 when healthy, up to one less than awarenessMax (§6.6). */
  readonly healthScore: number
}
