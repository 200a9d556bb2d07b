import type { Clock } from '../../../src/kernel/clock.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { StateMachine } from '../contract.ts'
import { encodeConfiguration } from '../core/configuration.ts'
import type { RaftCore } from '../core/raft-core.ts'
import type { LogStore } from '../storage/log-store.ts'
import { firstIndexToKeep, isSnapshotDue, type SnapshotPolicy } from './policy.ts'
import { writeSnapshot } from './write.ts'

/** A place in the log. */
export interface Place {
  readonly index: number
  readonly term: number
}

export interface KeeperSetup {
  readonly store: LogStore
  readonly machine: StateMachine
  readonly core: Pick<RaftCore, 'configurationAt' | 'compacted' | 'installing' | 'log'>
  readonly clock: Clock
  readonly random: Random
  /** Up to where the state machine has applied the log. */
  readonly applied: () => Place
  readonly failed: (error: unknown) => void
}

/** Takes snapshots when they are due, and drops the log and the snapshots they make superfluous. */
export class SnapshotKeeper {
  readonly #setup: KeeperSetup
  #policy: SnapshotPolicy
  #last: Place
  #running: Promise<number> | undefined
  #stopped = false
  #cancelTimer = () => {}

  constructor(setup: KeeperSetup, policy: SnapshotPolicy, last: Place) {
    this.#setup = setup
    this.#policy = policy
    this.#last = last
  }

  /** The newest snapshot; index 0 when there is none. */
  get last(): Place {
    return this.#last
  }

  /** Looks from time to time whether a snapshot is due, from now on by `policy`. */
  schedule(policy = this.#policy): void {
    const { clock, random, applied, failed } = this.#setup
    this.#policy = policy
    this.#cancelTimer()
    if (this.#stopped) return
    this.#cancelTimer = clock.after(policy.intervalMs * (1 + random.fraction()), () => {
      if (isSnapshotDue(this.#policy, applied().index, this.#last.index)) {
        this.take().catch((error) => this.#stopped || failed(error))
      }
      this.schedule()
    })
  }

  /** The state was replaced by a snapshot of the leader's. */
  installed(snapshot: Place): void {
    this.#last = snapshot
    const { store, failed } = this.#setup
    store.keepSnapshots(this.#policy.keep).catch((error) => this.#stopped || failed(error))
  }

  /** Writes a snapshot now and resolves with its index. One at a time: who asks meanwhile gets the one under way. */
  take(): Promise<number> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.end()
    await this.#running?.catch(() => {})
  }

  /** No snapshot begins any more. */
  end(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  async #take(): Promise<number> {
    const { store, machine, core, clock, applied } = this.#setup
    const { index, term } = applied()
    // While the state is being replaced, the log does not reach back to what is applied.
    if (index <= this.#last.index || core.installing) return this.#last.index
    const inForce = core.configurationAt(index)
    const configuration = encodeConfiguration(inForce.servers)
    const meta = { index, term, configuration, configurationIndex: inForce.index }
    await writeSnapshot(store, meta, machine.snapshot(), clock)
    // A newer one may have come from the leader meanwhile.
    if (index > this.#last.index) {
      this.#last = { index, term }
      const firstIndex = firstIndexToKeep(this.#policy, index, core.log.lastIndex)
      core.compacted({ index, term }, firstIndex)
      await store.compact(firstIndex)
    }
    await store.keepSnapshots(this.#policy.keep)
    return index
  }
}
