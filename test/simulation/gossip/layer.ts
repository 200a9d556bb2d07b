import type { SwimDelegate } from '../../../plugins/gossip/core/delegate.ts'
import type { PacketEffect } from '../../../plugins/gossip/core/effects.ts'
import type { Endpoint } from '../../../plugins/gossip/core/messages.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'
import type { Swim } from '../../../plugins/gossip/core/swim.ts'

/** What a pool wants to know of its members. */
export interface LayerListener {
  changed(kind: 'joined' | 'updated' | 'dead' | 'left', subject: string): void
  heard(event: string): void
}

/** Try to reach somebody who failed, as a join would. */
export interface ReconnectEffect {
  readonly kind: 'reconnect'
  readonly to: Endpoint
}

/** What stands on Swim in a simulated process, and is run by it: serf, or something lighter in its place. */
export interface Layer {
  readonly delegate: SwimDelegate
  /** Before Swim starts. `known` are the members of a pool that stands. */
  start(swim: Swim, known: readonly NodeState[], now: number): void
  fire(event: string, now: number): void
  /** A join begins; what it returns is called when it is through. */
  beginJoin(): (reached: boolean, now: number) => void
  leave(now: number): void
  /** Swim's farewell was sent. */
  farewellSent(now: number): void
  tick(now: number): void
  nextTickAt(): number
  take(): (PacketEffect | ReconnectEffect)[]
}
