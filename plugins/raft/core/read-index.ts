import { reachedByMajority } from './quorum.ts'
import { sendHeartbeats } from './replication.ts'
import type { CoreState } from './state.ts'

/**
 * Linearizable reads without a log entry (Raft thesis §6.4): note the commit index, have a majority confirm in a round of
 * heartbeats sent afterwards that this server still leads, then read once that index is applied. Reads that arrive
 * together share a round.
 */
export function requestRead(state: CoreState, token: number): void {
  // Until an entry of this term is committed, the commit index may lag behind what earlier leaders promised.
  const known = state.commitIndex >= state.termStartIndex
  state.reads.push({ token, index: known ? state.commitIndex : undefined, round: undefined })
}

/** The first commit of the term: reads that waited for it have their index now. */
export function onCommitInTerm(state: CoreState): void {
  for (const read of state.reads) read.index ??= state.commitIndex
}

/** Sends out the round for reads that have none yet. */
export function beginReadRound(state: CoreState): void {
  const waiting = state.reads.filter((read) => read.round === undefined && read.index !== undefined)
  if (waiting.length === 0) return
  state.readRound++
  for (const read of waiting) read.round = state.readRound
  sendHeartbeats(state, true)
  onRoundConfirmed(state)
}

/** Settles the reads whose round a majority of voters has confirmed; this server confirms itself. */
export function onRoundConfirmed(state: CoreState): void {
  if (state.reads.length === 0) return
  const rounds = state.voters.map((id) =>
    id === state.config.id ? state.readRound : (state.followers.get(id)?.round ?? 0),
  )
  const confirmed = reachedByMajority(rounds)
  state.reads = state.reads.filter((read) => {
    if (read.round === undefined || read.index === undefined || read.round > confirmed) return true
    state.confirmedReads.push({ token: read.token, index: read.index })
    return false
  })
}
