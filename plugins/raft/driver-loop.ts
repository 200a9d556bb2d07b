import { Alarm } from './alarm.ts'
import { Applier } from './applier.ts'
import type { Callers } from './callers.ts'
import type { Output, PromptOutput, RaftCore } from './core/raft-core.ts'
import type { DriverOptions } from './driver-options.ts'
import { LeadershipLostError } from './errors.ts'
import { Persistence } from './persistence.ts'
import { type Place, SnapshotKeeper } from './snapshots/keeper.ts'
import type { StorageError } from './storage/errors.ts'
import { WritePacing } from './write-pacing.ts'

/**
 * Carries out what the core decides: persist, then send, then apply. One write at a time is under way, and all that comes in
 * meanwhile goes into the next; while the disk is busy with that one, the entries of the one before are applied.
 */
export class DriverLoop {
  readonly keeper: SnapshotKeeper
  readonly #options: DriverOptions
  readonly #core: RaftCore
  readonly #callers: Callers
  readonly #applier: Applier
  readonly #persistence: Persistence
  readonly #alarm: Alarm
  readonly #pacing = new WritePacing()
  #scheduled = false
  #beginning = false
  #writing = false
  #ended: Error | undefined
  #announcedTerm = 0

  constructor(options: DriverOptions, core: RaftCore, callers: Callers, applied: Place) {
    this.#options = options
    this.#core = core
    this.#callers = callers
    const { store, machine, clock, random, events } = options
    this.#applier = new Applier(
      {
        machine,
        store,
        core,
        clock,
        proposals: callers.proposals,
        wake: () => this.wake(),
        applied: () => this.#applied(),
        failed: (error) => this.fail(error),
      },
      applied,
    )
    this.keeper = new SnapshotKeeper(
      {
        store,
        machine,
        core,
        clock,
        random,
        applied: () => this.#applier.place,
        failed: events.snapshotFailed,
      },
      options.snapshots,
      applied,
    )
    this.#persistence = new Persistence({
      store,
      machine,
      core,
      clock,
      installed: (snapshot) => this.#installed(snapshot),
      stalled: (error) => this.#onStalled(error),
    })
    this.#alarm = new Alarm(clock, () => this.#run())
  }

  /** Set once nothing will happen any more. */
  get ended(): Error | undefined {
    return this.#ended
  }

  /** Why nothing can be written at the moment. */
  get stalled(): StorageError | undefined {
    return this.#persistence.stalled
  }

  get appliedIndex(): number {
    return this.#applier.place.index
  }

  /** True when this server leads and everything committed under earlier leaders is applied here. */
  get leads(): boolean {
    return this.#core.role === 'leader' && this.#announcedTerm === this.#core.term
  }

  /** All that comes in during one turn of the event loop is carried out together. */
  wake(): void {
    if (this.#scheduled || this.#ended) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#run()
    })
  }

  /** An entry was proposed. When enough of them wait for the disk it gets them now, while the turn brings more. */
  proposed(): void {
    const isEnough = this.#core.leadsAlone && this.#pacing.isFull(this.#core.log.undurable)
    if (this.#writing || !isEnough) this.wake()
    else if (!this.#beginning) {
      this.#beginning = true
      // Not within the call: the proposer does not wait for its entry yet.
      queueMicrotask(() => {
        this.#beginning = false
        this.#run()
      })
    }
  }

  fail(error: unknown): void {
    if (this.#ended) return
    this.end(error as Error)
    this.#options.events.fatal(error)
  }

  /** Nothing is sent, applied or settled any more. What waited is rejected. */
  end(reason: Error): void {
    if (this.#ended) return
    this.#ended = reason
    this.#applier.end()
    this.#alarm.end()
    this.#persistence.end()
    this.keeper.end()
    this.#callers.rejectAll(reason)
  }

  /** A broken invariant, or a listener that throws, ends this server: one that is wrong gets believed. */
  #run(): void {
    if (this.#ended) return
    try {
      this.#turn()
    } catch (error) {
      this.fail(error)
    }
  }

  #turn(): void {
    const { clock } = this.#options
    // While the disk does not take writes this server must not campaign: it could not keep its word.
    if (!this.stalled) this.#core.tick(clock.monotonicMs(), clock.wallMs())
    if (this.#writing || this.#holds()) this.#carryOut(this.#core.takePrompt())
    else this.#write()
    this.#applier.run()
    if (!this.#ended) this.#alarm.set(this.stalled ? Number.POSITIVE_INFINITY : this.#core.nextTickAtMs)
  }

  /** Entries may wait a moment for more. */
  #holds(): boolean {
    const holds = this.#core.leadsAlone && this.#pacing.holds(this.#core.log.undurable)
    if (holds) this.wake()
    return holds
  }

  #write(): void {
    const output = this.#core.take(this.#core.leadsAlone ? this.#pacing.entriesMax : undefined)
    this.#carryOut(output)
    const { hardState, log, install } = output
    if (hardState === undefined && log === undefined && install === undefined) {
      this.#written(output)
      return
    }
    this.#writing = true
    this.#persistence
      .persist(output)
      .then(() => {
        this.#writing = false
        if (this.#ended) return
        this.#pacing.written(this.#core.log.undurable)
        this.#written(output)
        this.#run()
      })
      .catch((error) => this.fail(error))
  }

  #written(output: Output): void {
    this.#core.written(output)
    for (const message of output.messages) this.#options.send(message)
  }

  #carryOut(output: PromptOutput): void {
    const { reads } = this.#callers
    for (const event of output.events) {
      this.#callers.event(event)
      this.#options.events.event(event)
    }
    for (const message of output.prompt) this.#options.send(message)
    for (const token of output.failedReads) reads.failed(token, new LeadershipLostError())
    for (const { token, index } of output.confirmedReads) reads.confirmed(token, index, this.appliedIndex)
    for (const { peer, from } of output.loads) this.#load(peer, from)
  }

  #load(peer: string, from: number): void {
    const { store, core } = this.#options
    store.read(from, from + core.entriesPerMessageMax - 1, core.sizeBytesPerMessageMax).then(
      (entries) => {
        this.#core.loaded(peer, entries.length > 0 ? entries : undefined)
        this.wake()
      },
      (error) => this.fail(error),
    )
  }

  /** Promises of proposers are settled by now, but they only go on after this: they read what they have written. */
  #applied(): void {
    const { events } = this.#options
    this.#core.applied(this.appliedIndex)
    events.batchApplied()
    this.#callers.reads.applied(this.appliedIndex)
    const leads = this.#core.role === 'leader' && this.appliedIndex >= this.#core.termStartIndex
    if (leads && this.#announcedTerm !== this.#core.term) {
      this.#announcedTerm = this.#core.term
      events.leads(this.#core.term)
    }
  }

  #installed(snapshot: Place): void {
    this.#applier.installed(snapshot)
    this.keeper.installed(snapshot)
    this.#options.events.batchApplied()
  }

  /** While nothing can be written this server neither leads nor votes, and says why to proposers. */
  #onStalled(error: StorageError | undefined): void {
    if (error !== undefined) {
      this.#callers.proposals.rejectAll(() => error)
      this.#core.stepDown()
      this.wake()
    }
    this.#options.events.stalled(error)
  }
}
