import { assert } from '../../src/kernel/assert.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { EntryPiece } from '../state/contract.ts'
import { openStore } from './bootstrap.ts'
import { Callers } from './callers.ts'
import type { Server } from './contract.ts'
import type { MembershipChange } from './core/membership.ts'
import { type Entry, type EntryType, entryType, type Message, type SnapshotMeta } from './core/messages.ts'
import { RaftCore } from './core/raft-core.ts'
import { DriverLoop } from './driver-loop.ts'
import type { DriverOptions } from './driver-options.ts'
import { RaftStoppedError } from './errors.ts'
import type { Place } from './snapshots/keeper.ts'
import type { SnapshotPolicy } from './snapshots/policy.ts'
import { restoreState } from './snapshots/restore.ts'
import type { SnapshotWriter } from './storage/log-store.ts'
import { untilAborted } from './until-aborted.ts'

/** A server that takes part: what others ask of it and tell it. What it does about that is up to the core, in turns of the loop. */
export class RaftDriver {
  readonly #options: DriverOptions
  readonly #core: RaftCore
  readonly #callers = new Callers()
  readonly #loop: DriverLoop

  private constructor(options: DriverOptions, core: RaftCore, applied: Place) {
    this.#options = options
    this.#core = core
    this.#loop = new DriverLoop(options, core, this.#callers, applied)
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
    driver.#loop.keeper.schedule()
    driver.#loop.wake()
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
    return this.#loop.leads
  }

  /** True when what is applied here may be read as what is the case now: see core/lease.ts. */
  get holdsReadLease(): boolean {
    return this.leads && !this.ended && this.#core.holdsReadLease(this.#options.clock.monotonicMs())
  }

  get appliedIndex(): number {
    return this.#loop.appliedIndex
  }

  get ended(): boolean {
    return this.#loop.ended !== undefined
  }

  get lastSnapshot(): Place {
    return this.#loop.keeper.last
  }

  /** Entries that wait to be committed and applied. */
  get waiting(): number {
    return this.#callers.proposals.size
  }

  /**
   * A message arrived. A snapshot's bytes are in the store before its `install` message comes here.
   *
   * @returns why it is refused: nobody who keeps to the protocol says this
   */
  receive(message: Message): string | undefined {
    if (this.ended) return undefined
    let refusal: string | undefined
    try {
      refusal = this.#core.step(message, this.#options.clock.monotonicMs())
    } catch (error) {
      return void this.#loop.fail(error)
    }
    this.#loop.wake()
    return refusal
  }

  /** The leader's process has ended, as far as can be told: no need to wait until its silence is long enough. */
  leaderLost(leader: string): void {
    this.#core.leaderLost(leader, this.#options.clock.monotonicMs())
    this.#loop.wake()
  }

  /** Why this server takes part in nothing at the moment: it ended, or cannot write. */
  get unable(): Error | undefined {
    return this.#loop.ended ?? this.#loop.stalled
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
    this.#loop.wake()
  }

  /** Settles as `Consensus.append` says. */
  propose(data: Buffer | null, type: EntryType = entryType.command, signal?: AbortSignal): Promise<unknown> {
    return this.#append(signal, () =>
      this.#core.propose({ type, data, extensions: null, appendedAtMs: this.#options.clock.wallMs() }),
    )
  }

  /** Puts the pieces of one command into the log, all or none. Settles as `propose` does, with what came of the last one. */
  proposeTogether(pieces: readonly EntryPiece[], signal?: AbortSignal): Promise<unknown> {
    const appendedAtMs = this.#options.clock.wallMs()
    const [first, ...more] = pieces.map((piece) => ({ type: entryType.command, ...piece, appendedAtMs }))
    assert(first !== undefined, 'a command has at least one piece')
    return this.#append(signal, () => this.#core.propose(first, ...more))
  }

  /** Resolves when the changed membership is committed. */
  changeMembership(change: MembershipChange, signal?: AbortSignal): Promise<unknown> {
    return this.#append(signal, () => this.#core.changeMembership(change))
  }

  /** Begins a cluster of these servers, unless this one has a log already. Returns whether it did. */
  beginCluster(servers: readonly Server[]): boolean {
    this.#assertRuns()
    const begun = this.#core.beginCluster(servers)
    this.#loop.wake()
    return begun
  }

  /** Asks another voter to take over. Resolves when this server no longer leads; rejects when it goes on leading. */
  async transferLeadership(target?: string, signal?: AbortSignal): Promise<void> {
    this.#assertWorks()
    signal?.throwIfAborted()
    this.#core.transferLeadership(target)
    this.#loop.wake()
    await untilAborted(this.#callers.transfers.wait(), signal)
  }

  /** Resolves when a read of the local state is linearizable. */
  async verifyLeader(signal?: AbortSignal): Promise<void> {
    this.#assertWorks()
    signal?.throwIfAborted()
    const { token, verified } = this.#callers.reads.ask()
    this.#core.requestRead(token)
    this.#loop.wake()
    await untilAborted(verified, signal)
  }

  /** The policy as reloaded. */
  setSnapshotPolicy(policy: SnapshotPolicy): void {
    this.#loop.keeper.schedule(policy)
  }

  /** Writes a snapshot of what is applied, drops the log behind it, and resolves with its index. */
  takeSnapshot(): Promise<number> {
    assert(!this.ended, 'a stopped server takes no snapshots')
    return this.#loop.keeper.take()
  }

  /** Ends: nothing is sent, applied or settled any more. What waited is rejected. Closes the store. */
  async stop(): Promise<void> {
    this.#loop.end(new RaftStoppedError())
    await this.#loop.keeper.stop()
    await this.#options.store.close()
  }

  /** No async function: every write passes here, and its proposer's promise is one that exists already. */
  #append(signal: AbortSignal | undefined, propose: () => Entry): Promise<unknown> {
    try {
      this.#assertWorks()
      signal?.throwIfAborted()
      const { index, term } = propose()
      this.#loop.proposed()
      return this.#callers.proposals.wait(index, term, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #assertRuns(): void {
    if (this.#loop.ended) throw new RaftStoppedError({ cause: this.#loop.ended })
    if (this.#loop.stalled) throw this.#loop.stalled
  }

  #assertWorks(): void {
    this.#assertRuns()
    if (this.#core.role !== 'leader') throw new NoLeaderError()
  }
}
