import type { HardState } from './messages.ts'

/** Where a log ends. The later term wins, then the longer log (Raft paper §5.4.1). */
interface LogEnd {
  readonly lastIndex: number
  readonly lastTerm: number
}

export interface Ballot extends HardState, LogEnd {
  /** A leader this server hears from, which it stands by; undefined when there is none or it fell silent. */
  readonly standsBy: string | undefined
  /** A leader that was heard a moment ago may answer reads by its lease, and nobody may be elected meanwhile. */
  readonly promised: boolean
}

export interface VoteAsked extends LogEnd {
  readonly candidate: string
  readonly term: number
  readonly transfer: boolean
}

export type Verdict =
  | { readonly granted: true }
  | { readonly granted: false; readonly reason: 'stale term' | 'leader known' | 'voted already' | 'log behind' }

/**
 * Decides a vote. Whoever grants one persists it before the reply leaves: a server that forgets whom it chose could choose
 * twice in one term.
 */
export function decideVote(own: Ballot, asked: VoteAsked): Verdict {
  if (asked.term < own.term) return { granted: false, reason: 'stale term' }
  if (standsByAnother(own, asked)) return { granted: false, reason: 'leader known' }
  const votedFor = asked.term > own.term ? undefined : own.votedFor
  if (votedFor !== undefined && votedFor !== asked.candidate) return { granted: false, reason: 'voted already' }
  if (isBehind(asked, own)) return { granted: false, reason: 'log behind' }
  return { granted: true }
}

/**
 * Would this server vote for the candidate? A pre-vote binds nobody, so an earlier vote does not count, and the term
 * stays what it is (Raft thesis §9.6).
 */
export function decidePreVote(own: Ballot, asked: VoteAsked): Verdict {
  if (asked.term < own.term) return { granted: false, reason: 'stale term' }
  if (standsByAnother(own, asked)) return { granted: false, reason: 'leader known' }
  if (isBehind(asked, own)) return { granted: false, reason: 'log behind' }
  return { granted: true }
}

function standsByAnother(own: Ballot, asked: VoteAsked): boolean {
  if (asked.transfer) return false
  return own.promised || (own.standsBy !== undefined && own.standsBy !== asked.candidate)
}

function isBehind(candidate: LogEnd, own: LogEnd): boolean {
  if (candidate.lastTerm !== own.lastTerm) return candidate.lastTerm < own.lastTerm
  return candidate.lastIndex < own.lastIndex
}
