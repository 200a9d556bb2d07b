import type { RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { CoreConfig } from '../../plugins/raft/core/state.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { SafetyChecker } from './checkers/safety.ts'
import type { SimulatedNetwork } from './network.ts'
import type { ServerClock } from './server-clock.ts'
import type { World } from './world.ts'

/** How long things take on a server. */
export interface ServerHabits {
  /** One transaction made durable. */
  diskMs: number
  /** Applied entries that make a snapshot worth while, and entries kept behind it. */
  readonly snapshotEntries: number
  readonly trailingEntries: number
  /** Entries that a start brings into memory, so that older ones have to be read from the disk. */
  readonly tailOnStart: number
  /** How often a leader says a piece of its log over again, from anywhere before what it meant to send: 0 to 1. */
  readonly repeats: number
}

export interface ServerSetup {
  readonly config: CoreConfig
  readonly newCore: new (...args: ConstructorParameters<typeof RaftCore>) => RaftCore
  readonly world: World
  readonly clock: ServerClock
  readonly random: Random
  readonly network: SimulatedNetwork
  readonly safety: SafetyChecker
  readonly habits: ServerHabits
  /** Entries of its own that it writes at a time while it leads. */
  readonly entriesPerWriteMax: number
  readonly counts: ServerCounts
  readonly note: (server: string, what: () => string) => void
}

/** What happened on servers, for the report. */
export function serverCounts() {
  return {
    starts: 0,
    tornWrites: 0,
    unacknowledgedWrites: 0,
    elections: 0,
    snapshots: 0,
    installs: 0,
    reads: 0,
    leasedReads: 0,
    alarms: 0,
    repeats: 0,
    stalls: 0,
    dividedWrites: 0,
  }
}

export type ServerCounts = ReturnType<typeof serverCounts>
