import { assert } from '../../src/kernel/assert.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { StateMachine } from './contract.ts'
import { type Entry, entryType } from './core/messages.ts'
import type { RaftCore } from './core/raft-core.ts'
import type { Proposals } from './proposals.ts'
import type { Place } from './snapshots/keeper.ts'
import type { LogStore } from './storage/log-store.ts'

/** Entries applied before everything else gets its turn, and for how long. */
const applyBatch = { entries: 256, sizeBytes: 4 * 2 ** 20, turnMs: 5 } as const

export interface ApplierSetup {
  readonly machine: StateMachine
  readonly store: LogStore
  readonly core: Pick<RaftCore, 'applicableIndex' | 'log'>
  readonly clock: Clock
  readonly proposals: Proposals
  /** There is more to apply, in a later turn. */
  readonly wake: () => void
  /** Some entries have been applied. Their proposers' promises are settled, but only go on after this. */
  readonly applied: () => void
  /** Going on would be wrong. */
  readonly failed: (error: unknown) => void
}

/** Carries committed entries out, in order, a few milliseconds at a time: from memory as a rule, from the store after a restart. */
export class Applier {
  readonly #setup: ApplierSetup
  #place: Place
  #reading = false
  #ended = false

  constructor(setup: ApplierSetup, place: Place) {
    this.#setup = setup
    this.#place = place
  }

  /** The last entry that is applied. */
  get place(): Place {
    return this.#place
  }

  /** Applies what may be applied now. */
  run(): void {
    if (this.#reading || this.#ended) return
    const { clock, core, applied, wake } = this.#setup
    const turnEndsAtMs = clock.monotonicMs() + applyBatch.turnMs
    const before = this.#place.index
    while (this.#place.index < core.applicableIndex) {
      const from = this.#place.index + 1
      const count = Math.min(applyBatch.entries, core.applicableIndex - this.#place.index)
      const entries = core.log.slice(from, count, applyBatch.sizeBytes)
      if (entries === undefined) {
        this.#read(from, count)
        break
      }
      this.#applyAll(entries)
      if (this.#ended) return
      if (clock.monotonicMs() >= turnEndsAtMs) {
        wake()
        break
      }
    }
    if (this.#place.index > before) applied()
  }

  /** The state was replaced by a snapshot. */
  installed(place: Place): void {
    this.#place = place
  }

  end(): void {
    this.#ended = true
  }

  #read(from: number, count: number): void {
    this.#reading = true
    const { store, failed } = this.#setup
    store
      .read(from, from + count - 1, applyBatch.sizeBytes)
      .then((entries) => {
        this.#reading = false
        this.#applyRead(from, entries)
      })
      .catch(failed)
  }

  #applyRead(from: number, entries: readonly Entry[]): void {
    const { core, applied, wake } = this.#setup
    if (this.#ended) return
    // A snapshot of the leader's may have been installed since.
    if (this.#place.index + 1 === from && core.applicableIndex >= from) {
      assert(entries[0]?.index === from, `entry ${from} is committed, so the store must have it`)
      this.#applyAll(entries)
      if (this.#ended) return
      applied()
    }
    wake()
  }

  #applyAll(entries: readonly Entry[]): void {
    const { machine, proposals, failed } = this.#setup
    for (const { index, term, type, data, extensions } of entries) {
      let result: unknown
      let refusal: ProconsulError | undefined
      if (type === entryType.command) {
        try {
          result = machine.apply(index, term, data ?? Buffer.alloc(0), extensions)
        } catch (error) {
          if (!(error instanceof ProconsulError)) {
            this.#ended = true
            return void failed(error)
          }
          refusal = error
        }
      }
      this.#place = { index, term }
      if (refusal === undefined) proposals.applied(index, term, result)
      else proposals.refused(index, term, refusal)
    }
  }
}
