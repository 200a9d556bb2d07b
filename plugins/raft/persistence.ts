import { assert } from '../../src/kernel/assert.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { StateMachine } from './contract.ts'
import type { Output, RaftCore } from './core/raft-core.ts'
import type { Place } from './snapshots/keeper.ts'
import { restoreFrom } from './snapshots/restore.ts'
import type { StorageError } from './storage/errors.ts'
import type { LogStore } from './storage/log-store.ts'

export interface PersistenceSetup {
  readonly store: LogStore
  readonly machine: StateMachine
  readonly core: Pick<RaftCore, 'log'>
  readonly clock: Clock
  /** The state was replaced by a snapshot of the leader's. */
  readonly installed: (snapshot: Place) => void
  /** The log cannot be written for now, or can be again (undefined). */
  readonly stalled: (error: StorageError | undefined) => void
}

const retryMs = 1000

/** Makes durable what the core gives, one output at a time. What may succeed later, as on a full disk, is tried again until it does. */
export class Persistence {
  readonly #setup: PersistenceSetup
  #stalled: StorageError | undefined
  #ended = false

  constructor(setup: PersistenceSetup) {
    this.#setup = setup
  }

  /** Why nothing can be written at the moment. */
  get stalled(): StorageError | undefined {
    return this.#stalled
  }

  /** Resolves when the output is durable. @throws whatever will not pass by itself; what failed before it, once ended */
  async persist({ hardState, log, install }: Output): Promise<void> {
    const { store } = this.#setup
    if (hardState !== undefined || log !== undefined) {
      const batch = { hardState, truncateFrom: log?.truncateFrom, entries: log?.entries ?? [] }
      await this.#retrying(() => store.append(batch))
    }
    if (install !== undefined) await this.#install(install)
  }

  /** Nothing is tried again any more. */
  end(): void {
    this.#ended = true
  }

  async #install(place: Place): Promise<void> {
    const { store, machine, core, installed } = this.#setup
    const stored = (await store.snapshots()).find((snapshot) => snapshot.index === place.index)
    // One that is still newer has come since, and may have pushed it out; it will be installed next.
    if (stored === undefined && core.log.snapshotIndex > place.index) return
    assert(stored !== undefined, `the snapshot at ${place.index} is stored before it is installed`)
    await restoreFrom(store, machine, stored)
    installed(place)
  }

  async #retrying(write: () => Promise<void>): Promise<void> {
    const { clock, stalled } = this.#setup
    for (;;) {
      try {
        await write()
        break
      } catch (error) {
        if (!(error as StorageError).temporary || this.#ended) throw error
        if (this.#stalled === undefined) {
          this.#stalled = error as StorageError
          stalled(this.#stalled)
        }
      }
      await new Promise<void>((resolve) => clock.after(retryMs, resolve))
      if (this.#ended) throw this.#stalled
    }
    if (this.#stalled === undefined) return
    this.#stalled = undefined
    stalled(undefined)
  }
}
