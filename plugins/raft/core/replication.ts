import { assert } from '../../../src/kernel/assert.ts'
import type { Server } from '../contract.ts'
import { decodeConfiguration, encodeConfiguration } from './configuration.ts'
import { contradictionOf } from './contradiction.ts'
import { sizeOf } from './log-window.ts'
import { type AppendReply, type AppendRequest, type Draft, type Echo, type Entry, entryType } from './messages.ts'
import { Progress } from './progress.ts'
import { reachedByMajority } from './quorum.ts'
import { onCommitInTerm, onRoundConfirmed } from './read-index.ts'
import type { CoreState } from './state.ts'
import { continueTransfer } from './transfer.ts'

/** Gives drafts of this leader their places and returns the last entry. They go out with the next `take`. */
export function appendOwn(state: CoreState, draft: Draft, servers?: readonly Server[]): Entry {
  const entry: Entry = {
    index: state.log.lastIndex + 1,
    term: state.term,
    type: draft.type,
    data: draft.data,
    extensions: draft.extensions,
    appendedAtMs: draft.appendedAtMs,
  }
  state.append(entry, servers)
  state.uncommittedBytes += sizeOf(entry)
  return entry
}

/**
 * Keeps track of the servers of the newest membership, and for a while of those that it leaves out: whoever is not told goes on
 * asking for votes.
 */
export function followMembership(state: CoreState): void {
  const { index, servers } = state.configuration
  const before = state.configurationAt(index - 1).servers
  const ids = new Set(servers.map((server) => server.id))
  ids.delete(state.config.id)
  for (const [id, follower] of state.followers) {
    if (ids.has(id)) follower.leaving = undefined
    else if (follower.leaving === undefined) {
      const server = before.find((other) => other.id === id)
      if (server === undefined) state.followers.delete(id)
      else follower.leaving = { server, index, untilMs: Number.POSITIVE_INFINITY }
    }
  }
  for (const id of ids) {
    if (!state.followers.has(id)) state.followers.set(id, new Progress(id, state.log.lastIndex + 1, state.nowMs))
  }
}

/** Forgets those who left once they know, or cannot be told. */
export function forgetLeavers(state: CoreState): void {
  for (const [id, { leaving, matchIndex }] of state.followers) {
    if (leaving === undefined || state.commitIndex < leaving.index) continue
    leaving.untilMs = Math.min(leaving.untilMs, state.nowMs + state.config.electionTimeoutMs)
    if (matchIndex >= leaving.index || state.nowMs >= leaving.untilMs) state.followers.delete(id)
  }
}

/**
 * A follower stores what the leader sends, and answers once that is durable (Raft paper §5.3).
 *
 * @returns why it is no message of a leader, if it is none; then nothing changed
 */
export function onAppend(state: CoreState, message: AppendRequest): string | undefined {
  const { log } = state
  const reply = (success: boolean, lastIndex: number, hint: Pick<AppendReply, 'conflictTerm' | 'conflictFirst'> = {}) =>
    state.messages.push({
      type: 'appendReply',
      from: state.config.id,
      to: message.from,
      term: state.term,
      success,
      lastIndex,
      ...hint,
      echo: message.echo,
    })
  if (message.term < state.term) return void reply(false, log.lastIndex)
  const contradiction = contradictionOf(state, message)
  if (contradiction !== undefined) return contradiction
  state.follow(message.term, message.from)
  state.heardLeader(message.leaseMs)

  const { prevIndex, prevTerm, entries } = message
  const lastIndex = log.lastIndex
  if (prevIndex > lastIndex) return void reply(false, lastIndex)
  // What is committed agrees with every later leader, so it need not be looked up (it may be compacted away).
  const termThere = log.termAt(prevIndex)
  if (prevIndex > state.commitIndex && termThere !== prevTerm) {
    const conflictTerm = termThere!
    return void reply(false, lastIndex, { conflictTerm, conflictFirst: log.startOfTermAt(prevIndex) })
  }
  for (const entry of entries) {
    if (entry.index <= state.commitIndex) continue
    if (entry.index <= log.lastIndex) {
      if (log.termAt(entry.index) === entry.term) continue
      state.truncateFrom(entry.index)
    }
    state.append(entry, entry.type === entryType.configuration ? decodeConfiguration(entry.data!) : undefined)
  }
  // Only up to what this message vouches for: entries of ours behind it may be others than the leader's.
  const vouched = prevIndex + entries.length
  state.commitIndex = Math.max(state.commitIndex, Math.min(message.commitIndex, vouched))
  reply(true, lastIndex)
}

/** @returns why it answers nothing that was asked, if so; then nothing changed */
export function onAppendReply(state: CoreState, message: AppendReply): string | undefined {
  if (message.term > state.term) return void state.follow(message.term, undefined)
  const follower = state.followers.get(message.from)
  if (state.role !== 'leader' || message.term !== state.term || follower === undefined) return
  const { prevIndex, upTo } = message.echo
  if (message.success && upTo > state.log.lastIndex) {
    return `${message.from} acknowledged entry ${upTo}, but the log ends at ${state.log.lastIndex}`
  }
  heard(state, follower, message.echo)
  if (!message.success) {
    // An answer to a request from before we knew better says nothing new.
    const stale =
      prevIndex <= follower.matchIndex || (follower.mode === 'probe' && prevIndex !== follower.nextIndex - 1)
    if (!stale && follower.mode !== 'snapshot') follower.rejected(nextAfter(state, message))
  } else if (upTo > 0) {
    if (follower.mode !== 'snapshot') follower.accepted(upTo, message.echo.sentAtMs)
    advanceCommit(state)
    continueTransfer(state)
    if (follower.leaving !== undefined) forgetLeavers(state)
  } else if (follower.mode === 'probe' && follower.waitingMs(message.echo.sentAtMs) > 0) {
    // It answers what was sent later, so the probe before it got lost.
    follower.probe(follower.nextIndex)
  }
  return undefined
}

/** Any answer in this term proves that the follower followed when the request left. */
export function heard(state: CoreState, follower: Progress, echo: Echo): void {
  follower.heardAtMs = Math.max(follower.heardAtMs, echo.sentAtMs)
  // What was sent under an earlier term of this server's may be refused in this one, and a refusal promises nothing.
  if (echo.sentAtMs >= state.leaderSinceMs) follower.promisedAtMs = Math.max(follower.promisedAtMs, echo.sentAtMs)
  if (echo.round > follower.round) {
    follower.round = echo.round
    onRoundConfirmed(state)
  }
}

/**
 * Where to go on after a rejection. With the follower's hint whole terms are skipped: to the end of that term in our log
 * if we have it, else to its beginning in the follower's.
 */
function nextAfter(state: CoreState, { echo, lastIndex, conflictTerm, conflictFirst }: AppendReply): number {
  const beyond = Math.min(echo.prevIndex, lastIndex + 1)
  if (conflictTerm === undefined || conflictFirst === undefined) return beyond
  const ours = state.log.lastOfTerm(conflictTerm)
  return Math.min(beyond, ours === undefined ? conflictFirst : ours + 1)
}

/** Commits what a majority of voters stores, if it is of this term (Raft paper §5.4.2 and figure 8). */
export function advanceCommit(state: CoreState): void {
  if (state.role !== 'leader') return
  const matches = state.voters.map((id) =>
    id === state.config.id ? state.log.durableIndex : (state.followers.get(id)?.matchIndex ?? 0),
  )
  const index = reachedByMajority(matches)
  if (index <= state.commitIndex || state.log.termAt(index) !== state.term) return
  const from = Math.max(state.commitIndex + 1, state.termStartIndex)
  const entries = state.log.slice(from, index - from + 1, Number.POSITIVE_INFINITY)
  assert(entries !== undefined, 'entries that are not committed stay in memory')
  for (const entry of entries) state.uncommittedBytes -= sizeOf(entry)
  state.commitIndex = index
  if (index >= state.termStartIndex) onCommitInTerm(state)
}

/** Sends every follower what it lacks, as far as it has room. */
export function replicate(state: CoreState): void {
  for (const follower of state.followers.values()) replicateTo(state, follower)
}

function replicateTo(state: CoreState, follower: Progress): void {
  const { config, log } = state
  // Whoever is taken out hears of it when that is certain: before, its vote may still be needed.
  if (follower.leaving !== undefined && state.commitIndex < follower.leaving.index) return
  while (follower.hasRoom(config.inFlightMax)) {
    const prevIndex = follower.nextIndex - 1
    const prevTerm = log.termAt(prevIndex)
    if (prevTerm === undefined) return void beginInstall(state, follower)
    const entries = log.slice(follower.nextIndex, config.entriesPerMessageMax, config.sizeBytesPerMessageMax)
    if (entries === undefined) {
      if (follower.nextIndex < log.firstIndex) return void beginInstall(state, follower)
      follower.loading = true
      state.loads.push({ peer: follower.id, from: follower.nextIndex })
      return
    }
    const knowsAll = follower.mode === 'pipeline' && follower.toldCommit >= state.commitIndex
    if (entries.length === 0 && knowsAll && state.nowMs < follower.nextNoticeAtMs) return
    sendEntries(state, follower, prevIndex, prevTerm, entries)
  }
}

/** When a follower that knows all is to hear of the commit index again (protocol/servers.md §18, 10). */
export function noticeDueAtMs(state: CoreState, follower: Progress): number {
  const { mode, leaving, nextNoticeAtMs } = follower
  const waits = mode !== 'pipeline' || leaving !== undefined || !follower.hasRoom(state.config.inFlightMax)
  return waits ? Number.POSITIVE_INFINITY : nextNoticeAtMs
}

/** The driver read older entries for a follower; undefined when the store no longer has them. */
export function loaded(state: CoreState, peer: string, entries: readonly Entry[] | undefined): void {
  const follower = state.followers.get(peer)
  if (state.role !== 'leader' || follower === undefined || !follower.loading) return
  follower.loading = false
  if (entries === undefined || entries.length === 0) return
  const prevIndex = entries[0]!.index - 1
  const prevTerm = state.log.termAt(prevIndex)
  if (prevIndex !== follower.nextIndex - 1 || prevTerm === undefined || follower.mode === 'snapshot') return
  sendEntries(state, follower, prevIndex, prevTerm, entries)
}

function sendEntries(
  state: CoreState,
  follower: Progress,
  prevIndex: number,
  prevTerm: number,
  entries: readonly Entry[],
): void {
  const upTo = prevIndex + entries.length
  follower.sent(upTo, state.nowMs)
  const { commitNoticeMs } = state.config
  if (Number.isFinite(commitNoticeMs)) follower.nextNoticeAtMs = state.within(commitNoticeMs)
  // A follower goes no further than what the message vouches for.
  follower.toldCommit = Math.min(state.commitIndex, upTo)
  state.prompt.push({
    type: 'append',
    from: state.config.id,
    to: follower.id,
    term: state.term,
    prevIndex,
    prevTerm,
    entries,
    commitIndex: state.commitIndex,
    leaseMs: state.config.readLeaseMs,
    echo: { prevIndex, upTo, round: state.readRound, sentAtMs: state.nowMs },
  })
}

function beginInstall(state: CoreState, follower: Progress): void {
  const { log } = state
  const configuration = state.configurationAt(log.snapshotIndex)
  follower.awaitSnapshot(state.nowMs)
  state.prompt.push({
    type: 'install',
    from: state.config.id,
    to: follower.id,
    term: state.term,
    snapshot: {
      index: log.snapshotIndex,
      term: log.snapshotTerm,
      configuration: encodeConfiguration(configuration.servers),
      configurationIndex: configuration.index,
    },
    echo: { prevIndex: 0, upTo: log.snapshotIndex, round: state.readRound, sentAtMs: state.nowMs },
  })
}

/**
 * Confirms the leader to its followers, each at its own random moment as Consul's servers do, or to all at once with
 * `now`. Requests that stay unanswered are given up here.
 */
export function sendHeartbeats(state: CoreState, now: boolean): void {
  const { heartbeatTimeoutMs } = state.config
  for (const follower of state.followers.values()) {
    if (follower.mode !== 'snapshot' && follower.waitingMs(state.nowMs) >= heartbeatTimeoutMs) follower.probe()
    if (!now && state.nowMs < follower.nextHeartbeatAtMs) continue
    follower.nextHeartbeatAtMs = state.within(heartbeatTimeoutMs / 10)
    state.prompt.push({
      type: 'append',
      from: state.config.id,
      to: follower.id,
      term: state.term,
      prevIndex: 0,
      prevTerm: 0,
      entries: [],
      commitIndex: 0,
      leaseMs: state.config.readLeaseMs,
      echo: { prevIndex: 0, upTo: 0, round: state.readRound, sentAtMs: state.nowMs },
    })
  }
}
