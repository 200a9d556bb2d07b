import type { Random } from '../../../src/kernel/random.ts'
import type { Deadlines } from '../core/deadlines.ts'
import type { SwimPort } from '../core/swim-port.ts'
import type { SerfConfig } from './config.ts'
import { LamportClock } from './lamport.ts'
import type { SerfOutbox } from './outputs.ts'
import type { SerfQueues } from './queues.ts'
import type { Roster } from './roster.ts'

/** The logical clocks of a pool. */
export class Clocks {
  /** Joins and leaves. */
  readonly member: LamportClock = new LamportClock()
  readonly event: LamportClock = new LamportClock()
  readonly query: LamportClock = new LamportClock()
}

/** What the parts of one Serf have in common. */
export interface Shared {
  readonly name: string
  readonly config: SerfConfig
  readonly random: Random
  readonly clocks: Clocks
  readonly queues: SerfQueues
  readonly outbox: SerfOutbox
  readonly deadlines: Deadlines
  readonly roster: Roster
  /** The layer below; known from the start on. */
  readonly swim: () => SwimPort
}
