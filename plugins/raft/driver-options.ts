import type { Clock } from '../../src/kernel/clock.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { Server, StateMachine } from './contract.ts'
import type { Message } from './core/messages.ts'
import type { CoreConfig, CoreEvent } from './core/state.ts'
import type { SnapshotPolicy } from './snapshots/policy.ts'
import type { SnapshotCorruptError, StorageError } from './storage/errors.ts'
import type { LogStore } from './storage/log-store.ts'

/** What the driver tells the outside. None of these may throw. */
export interface DriverEvents {
  /** Something happened in the core: roles, votes, leases. In order. */
  event(event: CoreEvent): void
  /** This server leads, and everything committed under earlier leaders is applied here. */
  leads(term: number): void
  /** A run of entries has been applied. Called before their proposers continue. */
  batchApplied(): void
  /** The log cannot be written for now, or can be again (undefined). */
  stalled(error: StorageError | undefined): void
  snapshotDamaged(damaged: SnapshotCorruptError): void
  snapshotFailed(error: unknown): void
  /** Going on would be wrong. The driver has stopped already. */
  fatal(error: unknown): void
}

export interface DriverOptions {
  readonly core: CoreConfig
  readonly store: LogStore
  readonly machine: StateMachine
  readonly clock: Clock
  readonly random: Random
  readonly snapshots: SnapshotPolicy
  /** The first servers of a cluster, if a blank store is to become one of them. */
  readonly bootstrap?: readonly Server[] | undefined
  /** Carries a message to its server. Messages may be lost, not changed. */
  readonly send: (message: Message) => void
  readonly events: DriverEvents
}
