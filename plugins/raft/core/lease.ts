import { reachedByMajority } from './quorum.ts'
import type { CoreState } from './state.ts'

/** Until when a majority certainly follows this leader, unless it is heard again. */
export function leaseEndsAtMs(state: CoreState): number {
  const heard = state.voters.map((id) =>
    id === state.config.id ? Number.POSITIVE_INFINITY : (state.followers.get(id)?.heardAtMs ?? 0),
  )
  return reachedByMajority(heard) + state.config.leaderLeaseMs
}

/**
 * Check-quorum: a leader that most voters have not answered for the lease steps down, so that its clients go elsewhere
 * instead of waiting for commits that cannot come (Raft thesis §6.2).
 */
export function checkLease(state: CoreState): void {
  if (state.nowMs < leaseEndsAtMs(state)) return
  state.events.push({ kind: 'leaseLost', term: state.term })
  state.follow(state.term, undefined)
}
