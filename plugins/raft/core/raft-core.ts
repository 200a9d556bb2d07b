import type { Random } from '../../../src/kernel/random.ts'
import { NoLeaderError } from '../../../src/wire/cluster-errors.ts'
import type { Server } from '../contract.ts'
import { ProposalQueueFullError, TransferInProgressError } from '../errors.ts'
import { onAppendReply } from './acknowledgements.ts'
import { onAppend } from './append.ts'
import { advanceCommit, appendOwn } from './commit.ts'
import {
  electionTimeout,
  onLeaderLost,
  onTimeoutNow,
  onVoteReply,
  onVoteRequest,
  ownVoteWritten,
  scheduleFirstElection,
} from './election.ts'
import { forgetLeavers, storedByAll } from './followers.ts'
import { onInstall, onInstallReply } from './install.ts'
import { checkLease, leaseEndsAtMs, readLeaseEndsAtMs } from './lease.ts'
import type { LogChange, LogWindow } from './log-window.ts'
import { beginCluster, changeMembership, leaveWhenRemoved, type MembershipChange } from './membership.ts'
import type { Draft, Entry, HardState, Message, SnapshotMeta } from './messages.ts'
import { beginReadRound, requestRead } from './read-index.ts'
import { loaded, noticeDueAtMs, replicate, sendHeartbeats } from './replication.ts'
import {
  type CoreConfig,
  type CoreEvent,
  type CoreRole,
  CoreState,
  type PlacedConfiguration,
  type Remembered,
} from './state.ts'
import { beginTransfer, checkTransfer } from './transfer.ts'

/** What needs no disk: may be taken and carried out at any time, also while an earlier output is being written. */
export interface PromptOutput {
  /** For logs, proposers and hooks. */
  readonly events: readonly CoreEvent[]
  /** To send at once: they promise nothing that is not durable already (a leader may replicate while it writes). */
  readonly prompt: readonly Message[]
  /** Reads that failed because leadership ended. */
  readonly failedReads: readonly number[]
  /** Reads that may be answered once `index` is applied here. */
  readonly confirmedReads: readonly { readonly token: number; readonly index: number }[]
  /** Entries a follower needs that are only in the store: read them and call `loaded`. */
  readonly loads: readonly { readonly peer: string; readonly from: number }[]
}

/** Everything the shell has to carry out, in the order of the members. */
export interface Output extends PromptOutput {
  /** A snapshot of the leader's, already stored, that replaces the state and everything before. */
  readonly install: SnapshotMeta | undefined
  /** To make durable, all or nothing; then call `written`. */
  readonly hardState: HardState | undefined
  readonly log: LogChange | undefined
  /** To send after that. */
  readonly messages: readonly Message[]
}

/**
 * One server of a Raft cluster as a pure machine: input through `step`, `tick`, `propose` and friends, output through
 * `take`. It has no clock, socket, disk or chance of its own, so one seed replays a whole cluster.
 *
 * The caller's duties: take outputs one at a time, make `hardState` and `log` durable before sending `messages`, call
 * `written` and then `take` again; apply committed entries in order up to `applicableIndex` and report them with `applied`.
 */
export class RaftCore {
  readonly #state: CoreState

  constructor(config: CoreConfig, remembered: Remembered, random: Random, nowMs: number, wallMs = nowMs) {
    this.#state = new CoreState(config, remembered, random, nowMs, wallMs)
    this.#state.note()
    scheduleFirstElection(this.#state)
  }

  /**
   * A message came in at `nowMs`; what fell due meanwhile waits for `tick`. Anything that is not for this server, or from
   * itself, is the transport's mistake and ignored.
   *
   * @returns why nobody who keeps to the protocol says this, if so; then nothing changed and there will be no reply
   */
  step(message: Message, nowMs = 0): string | undefined {
    const state = this.#state
    state.nowMs = Math.max(state.nowMs, nowMs)
    if (message.to !== state.config.id || message.from === state.config.id) return undefined
    switch (message.type) {
      case 'append':
        return onAppend(state, message)
      case 'appendReply':
        return onAppendReply(state, message)
      case 'install':
        return onInstall(state, message)
      case 'vote':
      case 'preVote':
        onVoteRequest(state, message)
        break
      case 'voteReply':
      case 'preVoteReply':
        onVoteReply(state, message)
        break
      case 'installReply':
        onInstallReply(state, message)
        break
      case 'timeoutNow':
        onTimeoutNow(state, message)
        break
    }
    return undefined
  }

  /** Time is `nowMs` on a clock that never runs backwards; `wallMs` only dates entries. */
  tick(nowMs: number, wallMs = nowMs): void {
    const state = this.#state
    state.nowMs = Math.max(state.nowMs, nowMs)
    state.wallMs = wallMs
    if (state.role === 'leader') {
      checkLease(state)
      checkTransfer(state)
      forgetLeavers(state)
      if (state.role === 'leader') sendHeartbeats(state, false)
    } else if (state.nowMs >= state.electionAtMs) electionTimeout(state)
  }

  /** When `tick` has something to do next; infinity for a leader without followers. */
  get nextTickAtMs(): number {
    const state = this.#state
    if (state.role !== 'leader') return state.electionAtMs
    let next = Math.min(leaseEndsAtMs(state), state.transfer?.deadlineMs ?? Number.POSITIVE_INFINITY)
    for (const follower of state.followers.values()) {
      next = Math.min(next, follower.nextHeartbeatAtMs, noticeDueAtMs(state, follower))
    }
    return next
  }

  /**
   * Puts entries at the end of the leader's log, one directly behind the other, and returns the last one.
   *
   * @throws NoLeaderError, TransferInProgressError or ProposalQueueFullError; then nothing was appended
   */
  propose(first: Draft, ...more: readonly Draft[]): Entry {
    const state = this.#state
    this.#assertTakesProposals()
    const waiting = state.log.lastIndex - state.commitIndex
    if (waiting >= state.config.uncommittedEntriesMax || state.uncommittedBytes >= state.config.uncommittedBytesMax) {
      throw new ProposalQueueFullError(waiting)
    }
    let last = appendOwn(state, first)
    for (const draft of more) last = appendOwn(state, draft)
    return last
  }

  /** @throws MembershipError, or what `propose` throws */
  changeMembership(change: MembershipChange): Entry {
    this.#assertTakesProposals()
    return changeMembership(this.#state, change)
  }

  /** Begins a cluster of these servers, unless there is a log already. Returns whether it did. */
  beginCluster(servers: readonly Server[]): boolean {
    return beginCluster(this.#state, servers)
  }

  /** Asks for a linearizable read; `token` comes back in `confirmedReads` or `failedReads`. @throws NoLeaderError */
  requestRead(token: number): void {
    if (this.#state.role !== 'leader') throw new NoLeaderError()
    requestRead(this.#state, token)
  }

  /**
   * May this leader answer reads from what it has applied, without asking whether it still leads? True under the clock bound
   * that lease.ts states, once everything of earlier terms is applied. `nowMs` is the time now, not that of the last tick.
   */
  holdsReadLease(nowMs: number): boolean {
    return nowMs < readLeaseEndsAtMs(this.#state)
  }

  /** Hands leadership over, and says to whom. @throws NoLeaderError, TransferInProgressError, MembershipError */
  transferLeadership(target?: string): string {
    this.#assertTakesProposals()
    return beginTransfer(this.#state, target)
  }

  /**
   * Everything that waits to be carried out, but of a leader's own entries only the first `entriesMax`: the others wait for the
   * next call. One output at a time: `written` comes before the next call.
   */
  take(entriesMax?: number): Output {
    const state = this.#state
    // What was promised as a follower says that every entry is durable, so then all of them are.
    const mayDivide = state.role === 'leader' && state.messages.length === 0
    const output: Output = {
      ...this.takePrompt(),
      install: state.install,
      hardState: state.hardStateChanged ? { term: state.term, votedFor: state.votedFor } : undefined,
      log: state.log.take(mayDivide ? entriesMax : undefined),
      messages: state.messages,
    }
    state.install = undefined
    state.hardStateChanged = false
    state.messages = []
    return output
  }

  /** Only what can be carried out at once: heartbeats must not wait for a slow disk. */
  takePrompt(): PromptOutput {
    const state = this.#state
    if (state.role === 'leader') {
      beginReadRound(state)
      replicate(state)
      leaveWhenRemoved(state)
    }
    const { events, prompt, failedReads, confirmedReads, loads } = state
    state.events = []
    state.prompt = []
    state.failedReads = []
    state.confirmedReads = []
    state.loads = []
    return { events, prompt, failedReads, confirmedReads, loads }
  }

  /** What the last `take` gave is durable. */
  written(output: Output): void {
    const state = this.#state
    state.log.written()
    if (output.install === state.installing) state.installing = undefined
    if (output.hardState?.votedFor === state.config.id && output.hardState.term === state.term) ownVoteWritten(state)
    advanceCommit(state)
  }

  /** Answer to a load: entries from the asked index on, or undefined when the store has compacted them away. */
  loaded(peer: string, entries: readonly Entry[] | undefined): void {
    loaded(this.#state, peer, entries)
  }

  /** The transport lost a peer, or the sending of a snapshot to it failed: requests in flight may never be answered. */
  unreachable(peer: string): void {
    this.#state.followers.get(peer)?.probe()
  }

  /** The process of the leader this server follows has ended, as far as the shell can tell. */
  leaderLost(leader: string, nowMs: number): void {
    const state = this.#state
    state.nowMs = Math.max(state.nowMs, nowMs)
    onLeaderLost(state, leader)
  }

  /** Entries up to `index` are applied; those no longer needed leave memory. */
  applied(index: number): void {
    const { log, config } = this.#state
    const { tailEntriesMax, tailBytesMax } = config
    // What is held for long is what the collector has to carry along, so only what somebody may lack is held for long.
    log.trim(Math.min(index, storedByAll(this.#state)), Math.ceil(tailEntriesMax / 8), tailBytesMax)
    log.trim(index, tailEntriesMax, tailBytesMax)
  }

  /** A snapshot at `index` is stored, and the store drops entries before `firstIndex`. One from the leader may be newer. */
  compacted(snapshot: { readonly index: number; readonly term: number }, firstIndex: number): void {
    const state = this.#state
    if (snapshot.index < state.log.snapshotIndex) return
    state.log.compact(snapshot.index, snapshot.term, firstIndex)
    const inForce = state.configurationAt(snapshot.index)
    state.configurations = state.configurations.filter((configuration) => configuration.index >= inForce.index)
  }

  /** The shell cannot write for now: stop leading and campaigning, keep everything else. */
  stepDown(): void {
    this.#state.follow(this.#state.term, undefined)
  }

  /** Committed, and durable on this server: safe to apply. 0 while a snapshot of the leader's is being installed. */
  get applicableIndex(): number {
    if (this.#state.installing !== undefined) return 0
    return Math.min(this.#state.commitIndex, this.#state.log.durableIndex)
  }

  /** It leads, and there is nobody to send entries to. */
  get leadsAlone(): boolean {
    return this.#state.role === 'leader' && this.#state.followers.size === 0
  }

  /** May this server vote and stand for election? */
  get isVoter(): boolean {
    return this.#state.isVoter
  }

  get commitIndex(): number {
    return this.#state.commitIndex
  }

  get role(): CoreRole {
    return this.#state.role
  }

  get term(): number {
    return this.#state.term
  }

  get leader(): string | undefined {
    return this.#state.leader
  }

  /** When the leader was last heard, on the clock of `tick`. */
  get leaderHeardAtMs(): number | undefined {
    return this.#state.leaderHeardAtMs
  }

  /** First index of this leader's term: once it is applied, so is everything committed before. */
  get termStartIndex(): number {
    return this.#state.termStartIndex
  }

  /** A snapshot of the leader's replaces the state; until that is done, what is applied lags behind the log. */
  get installing(): boolean {
    return this.#state.installing !== undefined
  }

  /** The members, and servers that were one and are still to be told. */
  get contacts(): readonly Server[] {
    const { followers, configuration } = this.#state
    const leaving = [...followers.values()].flatMap((follower) => follower.leaving?.server ?? [])
    return leaving.length > 0 ? [...configuration.servers, ...leaving] : configuration.servers
  }

  get configuration(): PlacedConfiguration {
    return this.#state.configuration
  }

  configurationAt(index: number): PlacedConfiguration {
    return this.#state.configurationAt(index)
  }

  get log(): Pick<
    LogWindow,
    | 'firstIndex'
    | 'lastIndex'
    | 'lastTerm'
    | 'durableIndex'
    | 'undurable'
    | 'snapshotIndex'
    | 'snapshotTerm'
    | 'termAt'
    | 'slice'
  > {
    return this.#state.log
  }

  #assertTakesProposals(): void {
    if (this.#state.role !== 'leader') throw new NoLeaderError()
    if (this.#state.transfer !== undefined) throw new TransferInProgressError()
  }
}
