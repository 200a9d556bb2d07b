import { Progress } from './progress.ts'
import type { CoreState } from './state.ts'

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

/** All followers store this leader's log up to here. Of a server that does not lead nobody asks for entries. */
export function storedByAll(state: CoreState): number {
  let index = Number.POSITIVE_INFINITY
  if (state.role !== 'leader') return index
  for (const { matchIndex } of state.followers.values()) index = Math.min(index, matchIndex)
  return index
}
