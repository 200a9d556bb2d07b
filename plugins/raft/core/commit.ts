import { assert } from '../../../src/kernel/assert.ts'
import type { Server } from '../contract.ts'
import { sizeOf } from './log-window.ts'
import type { Draft, Entry } from './messages.ts'
import { reachedByMajority } from './quorum.ts'
import { onCommitInTerm } from './read-index.ts'
import type { CoreState } from './state.ts'

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
