import type { AppendRequest, InstallRequest } from './messages.ts'
import type { CoreState } from './state.ts'

/**
 * What no leader of this cluster can say: that another leads in a term whose leader is known, that it leads without the vote of
 * the only voter, or that an entry which is committed here is another one. Two clusters with the same servers in their
 * memberships, a server whose disk was put back, or somebody who is no server say such things. Whoever says them is not followed.
 *
 * @returns what is wrong with a request that is not of an earlier term, if anything is
 */
export function contradictionOf(state: CoreState, message: AppendRequest | InstallRequest): string | undefined {
  const { from, term } = message
  const leads = state.role === 'leader' ? state.config.id : state.leader
  if (term === state.term && leads !== undefined && leads !== from) {
    return `${from} claims to lead term ${term}, which ${leads} leads`
  }
  // Raft compares places and terms alone, and two young clusters have entries of the same terms at the same places.
  // (The leader that takes itself out of a cluster of two is heard until that is committed.)
  if (state.isAlone && (state.wasAlwaysAlone || state.configuration.index <= state.commitIndex)) {
    return `${from} claims to lead term ${term}, but nobody asked ${state.config.id}, the only voter here`
  }
  const index = message.type === 'append' ? contradictedBy(state, message) : passedBy(state, message)
  return index === undefined ? undefined : `${from} contradicts the committed entry ${index}`
}

function contradictedBy(state: CoreState, { prevIndex, prevTerm, entries }: AppendRequest): number | undefined {
  const { commitIndex, log } = state
  const differs = (index: number, term: number) => {
    const known = log.termAt(index)
    return index <= commitIndex && known !== undefined && known !== term
  }
  if (prevIndex > 0 && differs(prevIndex, prevTerm)) return prevIndex
  const differing = entries.find(({ index, term }) => differs(index, term))
  if (differing !== undefined) return differing.index
  // Terms never fall along a log.
  const next = entries.find(({ index }) => index === commitIndex + 1)
  return next !== undefined && next.term < (log.termAt(commitIndex) ?? 0) ? commitIndex : undefined
}

function passedBy({ commitIndex, log }: CoreState, { snapshot }: InstallRequest): number | undefined {
  return snapshot.index > commitIndex && snapshot.term < (log.termAt(commitIndex) ?? 0) ? commitIndex : undefined
}
