import { assert } from '../../../src/kernel/assert.ts'
import { advanceCommit, appendOwn } from './commit.ts'
import { followMembership } from './followers.ts'
import { entryType, type TimeoutNow, type VoteReply, type VoteRequest } from './messages.ts'
import { majorityOf } from './quorum.ts'
import { sendHeartbeats } from './replication.ts'
import type { CoreState } from './state.ts'
import { decidePreVote, decideVote } from './vote.ts'

/** Sets the first election. Whoever is the only voter has nobody to wait for. */
export function scheduleFirstElection(state: CoreState): void {
  state.electionAtMs = state.isAlone ? state.nowMs : state.within(state.config.heartbeatTimeoutMs)
}

/** Nobody leads, or an election led nowhere: ask around whether a new one could be won (pre-vote, Raft thesis §9.6). */
export function electionTimeout(state: CoreState): void {
  if (state.nowMs < state.promisedUntilMs) {
    state.electionAtMs = state.promisedUntilMs
    return
  }
  if (!state.isVoter) {
    state.electionAtMs = state.within(state.config.heartbeatTimeoutMs)
    return
  }
  state.events.push({ kind: 'silence', lastLeader: state.leader })
  state.role = 'preCandidate'
  state.leader = undefined
  state.votePending = undefined
  state.tally.clear()
  state.electionAtMs = early(state)
    ? state.nowMs + state.voters.length * turnMs(state)
    : state.within(state.config.electionTimeoutMs)
  state.note()
  request(state, 'preVote', state.term + 1, false)
  count(state, state.config.id)
}

/** Stands for election in a new term. The own vote counts when it is durable: see `ownVoteWritten`. */
function campaign(state: CoreState, transfer: boolean): void {
  state.enterTerm(state.term + 1)
  state.votedFor = state.config.id
  state.hardStateChanged = true
  state.votePending = state.term
  state.role = 'candidate'
  state.leader = undefined
  state.tally.clear()
  state.electionAtMs = state.within(state.config.electionTimeoutMs)
  state.note()
  request(state, 'vote', state.term, transfer)
}

/** The vote for ourselves survives a crash now, so it counts like everybody else's. */
export function ownVoteWritten(state: CoreState): void {
  if (state.role !== 'candidate' || state.votePending !== state.term) return
  state.votePending = undefined
  count(state, state.config.id)
}

export function onVoteRequest(state: CoreState, message: VoteRequest): void {
  const { log } = state
  const own = {
    term: state.term,
    votedFor: state.votedFor,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    standsBy: standsBy(state),
    promised: state.nowMs < state.promisedUntilMs,
  }
  const asked = { ...message, candidate: message.from }
  const preVote = message.type === 'preVote'
  const verdict = preVote ? decidePreVote(own, asked) : decideVote(own, asked)
  if (!preVote) {
    const stays = !verdict.granted && (verdict.reason === 'leader known' || verdict.reason === 'stale term')
    if (message.term > state.term && !stays) state.follow(message.term, undefined)
    if (verdict.granted) {
      if (state.votedFor !== message.from) state.hardStateChanged = true
      state.votedFor = message.from
      state.electionAtMs = state.within(state.config.heartbeatTimeoutMs)
    }
  }
  const reply: VoteReply = {
    type: preVote ? 'preVoteReply' : 'voteReply',
    from: state.config.id,
    to: message.from,
    term: state.term,
    granted: verdict.granted,
  }
  state.messages.push(reply)
}

export function onVoteReply(state: CoreState, message: VoteReply): void {
  if (message.term > state.term) {
    // A granted pre-vote speaks of the term that was asked for, which nobody has entered.
    if (!(message.type === 'preVoteReply' && message.granted)) state.follow(message.term, undefined)
    else if (state.role === 'preCandidate' && message.term === state.term + 1) count(state, message.from)
    return
  }
  if (!message.granted) return
  if (message.type === 'preVoteReply' && state.role === 'preCandidate') count(state, message.from)
  if (message.type === 'voteReply' && state.role === 'candidate' && message.term === state.term) {
    count(state, message.from)
  }
}

/** The leader hands over: no pre-vote, and the others need not stand by it. */
export function onTimeoutNow(state: CoreState, message: TimeoutNow): void {
  if (message.term !== state.term || state.role === 'leader' || !state.isVoter) return
  campaign(state, true)
}

/**
 * The shell saw the leader's process end. This server stands by it no longer than it promised, and soon asks whether an election
 * can be won: only by pre-vote, so a false alarm on some servers disturbs nobody. Servers take turns, since two candidates at
 * once could split the votes, and the first waits until the others, who may have heard the leader a little later, are free too.
 */
export function onLeaderLost(state: CoreState, leader: string): void {
  if (state.role !== 'follower' || state.leader !== leader || !promisesEnough(state)) return
  state.leader = undefined
  state.note()
  const turn = state.voters
    .filter((id) => id !== leader)
    .sort()
    .indexOf(state.config.id)
  if (turn < 0) return
  const { commitNoticeMs } = state.config
  const laterMs = Number.isFinite(commitNoticeMs) ? 2 * commitNoticeMs : 0
  const freeAtMs = Math.max(state.nowMs, state.promisedUntilMs + laterMs)
  state.electionAtMs = Math.min(state.electionAtMs, freeAtMs + turn * turnMs(state))
}

/**
 * Is the promise all that the leader relies on? Others, as Consul's servers, read alone for as long as nobody can stand for election
 * by silence; a connection of theirs that breaks says too little.
 */
function promisesEnough(state: CoreState): boolean {
  return state.leaderLeaseMs !== undefined && state.leaderLeaseMs <= state.config.readLeaseMs
}

/** How long a server that stands for election has for itself, before the next one does. */
function turnMs(state: CoreState): number {
  return state.config.heartbeatTimeoutMs / 20
}

/** Before the time at which silence alone would make this server stand for election: others may be free only a moment later. */
function early(state: CoreState): boolean {
  return state.leaderHeardAtMs !== undefined && state.nowMs < state.leaderHeardAtMs + state.config.heartbeatTimeoutMs
}

/** Whom this server would not desert: a leader heard within the shortest time an election can take to start. */
function standsBy(state: CoreState): string | undefined {
  if (state.role === 'leader') return state.config.id
  if (state.leader === undefined || state.leaderHeardAtMs === undefined) return undefined
  return state.nowMs - state.leaderHeardAtMs < state.config.heartbeatTimeoutMs ? state.leader : undefined
}

function request(state: CoreState, type: VoteRequest['type'], term: number, transfer: boolean): void {
  const { lastIndex, lastTerm } = state.log
  for (const to of state.voters) {
    if (to === state.config.id) continue
    const message = { type, from: state.config.id, to, term, lastIndex, lastTerm, transfer }
    // A pre-vote promises nothing, so it need not wait for the disk.
    if (type === 'preVote') state.prompt.push(message)
    else state.messages.push(message)
  }
}

function count(state: CoreState, from: string): void {
  const voters = state.voters
  if (!voters.includes(from)) return
  state.tally.add(from)
  const needed = majorityOf(voters.length)
  const tally = state.tally.size
  const preVote = state.role === 'preCandidate'
  if (!preVote) state.events.push({ kind: 'vote', from, term: state.term, tally, needed })
  if (tally < needed) return
  if (preVote) campaign(state, false)
  else lead(state, tally)
}

function lead(state: CoreState, tally: number): void {
  assert(state.role === 'candidate', 'only a candidate can win an election')
  state.events.push({ kind: 'won', term: state.term, tally })
  state.role = 'leader'
  state.leader = state.config.id
  state.leaderSinceMs = state.nowMs
  state.handedOver = false
  state.tally.clear()
  state.uncommittedBytes = 0
  state.note()
  followMembership(state)
  // An entry of the new term at once: only with it can earlier ones be counted as committed (Raft paper §5.4.2, §8).
  state.termStartIndex = state.log.lastIndex + 1
  appendOwn(state, { type: entryType.noop, data: null, extensions: null, appendedAtMs: state.wallMs })
  sendHeartbeats(state, true)
  advanceCommit(state)
}
