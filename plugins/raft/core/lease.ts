import { reachedByMajority } from './quorum.ts'
import type { CoreState } from './state.ts'

/**
 * Until when this leader may answer reads from its own state without asking anybody, unless it is heard again; minus infinity
 * when it may not.
 *
 * A follower helps nobody to replace the leader for `promiseMs` after it heard it, whatever else it hears meanwhile, and after a
 * start for as long, because it may have promised that before. A later leader needs one of a majority that answered, and what
 * was answered was sent before it was heard: so as long as no clock runs `clockRatioMax` times as fast as another, there is no
 * later leader while this lease lasts, nor a write that this server does not know. Whom a leader asked to take over need not
 * keep to that: from then on it has no lease in its term (Raft thesis §6.4.1 and §3.10).
 */
export function readLeaseEndsAtMs(state: CoreState): number {
  if (state.role !== 'leader' || state.handedOver) return Number.NEGATIVE_INFINITY
  const promised = state.voters.map((id) =>
    id === state.config.id
      ? Number.POSITIVE_INFINITY
      : (state.followers.get(id)?.promisedAtMs ?? Number.NEGATIVE_INFINITY),
  )
  return reachedByMajority(promised) + state.config.readLeaseMs
}

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
