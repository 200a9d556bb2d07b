import { assert } from '../../src/kernel/assert.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import { Alarm } from './alarm.ts'
import { Applier } from './applier.ts'
import { openStore } from './bootstrap.ts'
import type { Server } from './contract.ts'
import type { MembershipChange } from './core/membership.ts'
import { type Entry, type EntryType, entryType, type Message, type SnapshotMeta } from './core/messages.ts'
import { type Output, type PromptOutput, RaftCore } from './core/raft-core.ts'
import type { CoreEvent } from './core/state.ts'
import type { DriverOptions } from './driver-options.ts'
import { LeadershipLostError, RaftStoppedError } from './errors.ts'
import { Persistence } from './persistence.ts'
import { Proposals } from './proposals.ts'
import { Reads } from './reads.ts'
import { type Place, SnapshotKeeper } from './snapshots/keeper.ts'
import type { SnapshotPolicy } from './snapshots/policy.ts'
import { restoreState } from './snapshots/restore.ts'
import type { StorageError } from './storage/errors.ts'
import type { SnapshotWriter } from './storage/log-store.ts'
import { Transfers } from './transfers.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * Carries out what the core decides: persist, then send, then apply. One write at a time is under way, and all that comes in
 * meanwhile goes into the next; while the disk is busy with that one, the entries of the one before are applied.
 */
export class RaftDriver {
  readonly #options: DriverOptions
  readonly #core: RaftCore
  readonly #proposals = new Proposals()
  readonly #reads = new Reads()
  readonly #transfers = new Transfers()
  readonly #keeper: SnapshotKeeper
  readonly #applier: Applier
  readonly #persistence: Persistence
  readonly #alarm: Alarm
  #scheduled = false
  #writing = false
  /** Set once nothing will happen any more. */
  #ended: Error | undefined
  #announcedTerm = 0

  private constructor(options: DriverOptions, core: RaftCore, applied: Place) {
    this.#options = options
    this.#core = core
    const { store, machine, clock, random, events } = options
    this.#applier = new Applier(
      {
        machine,
        store,
        core,
        clock,
        proposals: this.#proposals,
        wake: () => this.#wake(),
        applied: () => this.#applied(),
        failed: (error) => this.#fail(error),
      },
      applied,
    )
    this.#keeper = new SnapshotKeeper(
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

  /**
   * Opens the store, brings the state back and takes part from then on.
   *
   * @throws a StorageError when the store cannot be used
   */
  static async start(options: DriverOptions): Promise<RaftDriver> {
    const { store, machine, clock, random, bootstrap } = options
    const recovered = await openStore(store, bootstrap, clock.wallMs())
    const restored = await restoreState(store, machine, recovered, options.events.snapshotDamaged)
    const core = new RaftCore(options.core, restored.remembered, random, clock.monotonicMs(), clock.wallMs())
    const driver = new RaftDriver(options, core, { index: restored.appliedIndex, term: restored.appliedTerm })
    driver.#keeper.schedule()
    driver.#wake()
    return driver
  }

  get core(): Omit<
    RaftCore,
    'step' | 'tick' | 'take' | 'takePrompt' | 'written' | 'propose' | 'leaderLost' | 'beginCluster'
  > {
    return this.#core
  }

  /** True when this server leads and everything committed under earlier leaders is applied here. */
  get leads(): boolean {
    return this.#core.role === 'leader' && this.#announcedTerm === this.#core.term
  }

  /** True when what is applied here may be read as what is the case now: see core/lease.ts. */
  get holdsReadLease(): boolean {
    return this.leads && !this.#ended && this.#core.holdsReadLease(this.#options.clock.monotonicMs())
  }

  get appliedIndex(): number {
    return this.#applier.place.index
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  get lastSnapshot(): Place {
    return this.#keeper.last
  }

  /** Entries that wait to be committed and applied. */
  get waiting(): number {
    return this.#proposals.size
  }

  /**
   * A message arrived. A snapshot's bytes are in the store before its `install` message comes here.
   *
   * @returns why it is refused: nobody who keeps to the protocol says this
   */
  receive(message: Message): string | undefined {
    if (this.#ended) return undefined
    let refusal: string | undefined
    try {
      refusal = this.#core.step(message, this.#options.clock.monotonicMs())
    } catch (error) {
      return void this.#fail(error)
    }
    this.#wake()
    return refusal
  }

  /** The leader's process has ended, as far as can be told: no need to wait until its silence is long enough. */
  leaderLost(leader: string): void {
    this.#core.leaderLost(leader, this.#options.clock.monotonicMs())
    this.#wake()
  }

  /** Why this server takes part in nothing at the moment: it ended, or cannot write. */
  get unable(): Error | undefined {
    return this.#ended ?? this.#persistence.stalled
  }

  /** A snapshot for a follower: its size and bytes; undefined when the store has dropped it meanwhile. */
  async openSnapshot({
    index,
    term,
  }: Place): Promise<{ sizeBytes: number; chunks: AsyncIterable<Buffer> } | undefined> {
    const { store } = this.#options
    const stored = (await store.snapshots()).find((snapshot) => snapshot.index === index && snapshot.term === term)
    return stored && { sizeBytes: stored.sizeBytes, chunks: store.readSnapshot(stored.id) }
  }

  /** Begins to store a snapshot of the leader's. Once it is committed its `install` message may come. */
  beginSnapshot(meta: SnapshotMeta): Promise<SnapshotWriter> {
    return this.#options.store.beginSnapshot(meta)
  }

  /** A peer cannot be reached, or the snapshot sent to it did not get through. */
  unreachable(peer: string): void {
    this.#core.unreachable(peer)
    this.#wake()
  }

  /** Settles as `Consensus.append` says. */
  propose(data: Buffer | null, type: EntryType = entryType.command, signal?: AbortSignal): Promise<unknown> {
    return this.#append(signal, () =>
      this.#core.propose({ type, data, extensions: null, appendedAtMs: this.#options.clock.wallMs() }),
    )
  }

  /** Resolves when the changed membership is committed. */
  changeMembership(change: MembershipChange, signal?: AbortSignal): Promise<unknown> {
    return this.#append(signal, () => this.#core.changeMembership(change))
  }

  /** Begins a cluster of these servers, unless this one has a log already. Returns whether it did. */
  beginCluster(servers: readonly Server[]): boolean {
    this.#assertRuns()
    const begun = this.#core.beginCluster(servers)
    this.#wake()
    return begun
  }

  /** Asks another voter to take over. Resolves when this server no longer leads; rejects when it goes on leading. */
  async transferLeadership(target?: string, signal?: AbortSignal): Promise<void> {
    this.#assertWorks()
    signal?.throwIfAborted()
    this.#core.transferLeadership(target)
    this.#wake()
    await untilAborted(this.#transfers.wait(), signal)
  }

  /** Resolves when a read of the local state is linearizable. */
  async verifyLeader(signal?: AbortSignal): Promise<void> {
    this.#assertWorks()
    signal?.throwIfAborted()
    const { token, verified } = this.#reads.ask()
    this.#core.requestRead(token)
    this.#wake()
    await untilAborted(verified, signal)
  }

  /** The policy as reloaded. */
  setSnapshotPolicy(policy: SnapshotPolicy): void {
    this.#keeper.schedule(policy)
  }

  /** Writes a snapshot of what is applied, drops the log behind it, and resolves with its index. */
  takeSnapshot(): Promise<number> {
    assert(!this.#ended, 'a stopped server takes no snapshots')
    return this.#keeper.take()
  }

  /** Ends: nothing is sent, applied or settled any more. What waited is rejected. Closes the store. */
  async stop(): Promise<void> {
    this.#end(new RaftStoppedError())
    await this.#keeper.stop()
    await this.#options.store.close()
  }

  async #append(signal: AbortSignal | undefined, propose: () => Entry): Promise<unknown> {
    this.#assertWorks()
    signal?.throwIfAborted()
    const { index, term } = propose()
    this.#wake()
    return this.#proposals.wait(index, term, signal)
  }

  #assertRuns(): void {
    if (this.#ended) throw new RaftStoppedError({ cause: this.#ended })
    if (this.#persistence.stalled) throw this.#persistence.stalled
  }

  #assertWorks(): void {
    this.#assertRuns()
    if (this.#core.role !== 'leader') throw new NoLeaderError()
  }

  /** All that comes in during one turn of the event loop is carried out together. */
  #wake(): void {
    if (this.#scheduled || this.#ended) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#run()
    })
  }

  /** A broken invariant, or a listener that throws, ends this server: one that is wrong gets believed. */
  #run(): void {
    if (this.#ended) return
    try {
      this.#turn()
    } catch (error) {
      this.#fail(error)
    }
  }

  #turn(): void {
    const { clock } = this.#options
    // While the disk does not take writes this server must not campaign: it could not keep its word.
    if (!this.#persistence.stalled) this.#core.tick(clock.monotonicMs(), clock.wallMs())
    if (this.#writing) this.#carryOut(this.#core.takePrompt())
    else this.#write()
    this.#applier.run()
    this.#setAlarm()
  }

  #write(): void {
    const output = this.#core.take()
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
        this.#written(output)
        this.#run()
      })
      .catch((error) => this.#fail(error))
  }

  #installed(snapshot: Place): void {
    this.#applier.installed(snapshot)
    this.#keeper.installed(snapshot)
    this.#options.events.batchApplied()
  }

  /** While nothing can be written this server neither leads nor votes, and says why to proposers. */
  #onStalled(error: StorageError | undefined): void {
    if (error !== undefined) {
      this.#proposals.rejectAll(() => error)
      this.#core.stepDown()
      this.#wake()
    }
    this.#options.events.stalled(error)
  }

  #written(output: Output): void {
    this.#core.written(output)
    for (const message of output.messages) this.#options.send(message)
  }

  #carryOut(output: PromptOutput): void {
    for (const event of output.events) this.#onEvent(event)
    for (const message of output.prompt) this.#options.send(message)
    for (const token of output.failedReads) this.#reads.failed(token, new LeadershipLostError())
    for (const { token, index } of output.confirmedReads) this.#reads.confirmed(token, index, this.appliedIndex)
    for (const { peer, from } of output.loads) this.#load(peer, from)
  }

  #onEvent(event: CoreEvent): void {
    if (event.kind === 'role' && event.role !== 'leader' && this.#proposals.size > 0) {
      this.#proposals.rejectAll(() => new LeadershipLostError())
    }
    this.#transfers.event(event)
    this.#options.events.event(event)
  }

  #load(peer: string, from: number): void {
    const { store, core } = this.#options
    store.read(from, from + core.entriesPerMessageMax - 1, core.sizeBytesPerMessageMax).then(
      (entries) => {
        this.#core.loaded(peer, entries.length > 0 ? entries : undefined)
        this.#wake()
      },
      (error) => this.#fail(error),
    )
  }

  /** Promises of proposers are settled by now, but they only go on after this: they read what they have written. */
  #applied(): void {
    const { events } = this.#options
    this.#core.applied(this.appliedIndex)
    events.batchApplied()
    this.#reads.applied(this.appliedIndex)
    const leads = this.#core.role === 'leader' && this.appliedIndex >= this.#core.termStartIndex
    if (leads && this.#announcedTerm !== this.#core.term) {
      this.#announcedTerm = this.#core.term
      events.leads(this.#core.term)
    }
  }

  #setAlarm(): void {
    if (!this.#ended) this.#alarm.set(this.#persistence.stalled ? Number.POSITIVE_INFINITY : this.#core.nextTickAtMs)
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#end(error as Error)
    this.#options.events.fatal(error)
  }

  #end(reason: Error): void {
    if (this.#ended) return
    this.#ended = reason
    this.#applier.end()
    this.#alarm.end()
    this.#persistence.end()
    this.#keeper.end()
    this.#proposals.rejectAll(() => reason)
    this.#reads.rejectAll(reason)
    this.#transfers.rejectAll(reason)
  }
}
