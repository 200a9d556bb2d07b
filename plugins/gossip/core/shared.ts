import type { Random } from '../../../src/kernel/random.ts'
import type { Awareness } from './awareness.ts'
import type { BroadcastQueue } from './broadcasts.ts'
import type { SwimConfig } from './config.ts'
import type { Deadlines } from './deadlines.ts'
import type { SwimDelegate } from './delegate.ts'
import type { MemberTable } from './member-table.ts'
import type { Endpoint, SwimMessage, Versions } from './messages.ts'
import type { Outbox } from './outbox.ts'

/** What the parts of one Swim have in common. */
export interface Shared {
  readonly name: string
  /** Where the others reach this member. */
  readonly own: Endpoint
  readonly vsn: Versions
  readonly config: SwimConfig
  readonly random: Random
  readonly delegate: SwimDelegate
  readonly encode: (message: SwimMessage) => Buffer
  readonly table: MemberTable
  readonly queue: BroadcastQueue
  readonly awareness: Awareness
  readonly deadlines: Deadlines
  readonly outbox: Outbox
}
