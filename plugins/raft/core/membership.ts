import type { Server } from '../contract.ts'
import { MembershipError } from '../errors.ts'
import { appendOwn } from './commit.ts'
import { encodeConfiguration, votersOf } from './configuration.ts'
import { followMembership } from './followers.ts'
import { type Entry, entryType } from './messages.ts'
import type { CoreState } from './state.ts'

/**
 * Begins a cluster: the first entry of the log is the membership, in term 1. All its servers write the same, so it does not matter
 * which of them is elected (protocol/servers.md §11.1).
 *
 * @returns whether it was done: not on a server that has a log
 */
export function beginCluster(state: CoreState, servers: readonly Server[]): boolean {
  if (state.log.lastIndex > 0) return false
  if (state.term === 0) state.enterTerm(1)
  const members = inOrder(servers)
  const data = encodeConfiguration(members)
  const appendedAtMs = state.wallMs
  state.append({ index: 1, term: 1, type: entryType.configuration, data, extensions: null, appendedAtMs }, members)
  state.electionAtMs = state.isAlone ? state.nowMs : state.within(state.config.heartbeatTimeoutMs)
  return true
}

/** One order for all who begin a cluster, whatever order they met in. */
export function inOrder(servers: readonly Server[]): Server[] {
  return [...servers].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** One server comes, goes or changes its say. Adding a server that is there already updates its address. */
export type MembershipChange =
  | { readonly kind: 'addVoter' | 'addNonvoter'; readonly id: string; readonly address: string }
  | { readonly kind: 'demote' | 'remove'; readonly id: string }

/**
 * Appends a membership entry. One server at a time, and the one before must be committed: then any two majorities, old and
 * new, share a server (Raft thesis §4.1, with the correction that this term must have committed an entry first).
 *
 * @throws MembershipError when the change cannot be made now or leaves no voter
 */
export function changeMembership(state: CoreState, change: MembershipChange): Entry {
  if (state.commitIndex < state.termStartIndex || state.configuration.index > state.commitIndex) {
    throw new MembershipError('the previous membership change is not committed yet: try again in a moment')
  }
  const servers = changed(state.configuration.servers, change)
  if (votersOf(servers).length === 0) throw new MembershipError('need at least one voter in configuration')
  const duplicate = servers.find((server, at) => servers.findIndex((other) => other.address === server.address) !== at)
  if (duplicate) throw new MembershipError(`found duplicate address in configuration: ${duplicate.address}`)
  const data = encodeConfiguration(servers)
  const draft = { type: entryType.configuration, data, extensions: null, appendedAtMs: state.wallMs }
  const entry = appendOwn(state, draft, servers)
  followMembership(state)
  return entry
}

function changed(servers: readonly Server[], change: MembershipChange): Server[] {
  const { id } = change
  const present = servers.find((server) => server.id === id)
  if (!('address' in change)) {
    if (!present) throw new MembershipError(`server "${id}" was not found in the Raft configuration`)
    if (change.kind === 'remove') return servers.filter((server) => server.id !== id)
    return servers.map((server) => (server.id === id ? { ...server, suffrage: 'nonvoter' } : server))
  }
  // A voter asked to be a non-voter keeps its vote: taking it away is `demote`, so that a late join does no harm.
  const suffrage = change.kind === 'addVoter' || present?.suffrage === 'voter' ? 'voter' : 'nonvoter'
  const server = { id, address: change.address, suffrage } as const
  return present ? servers.map((other) => (other.id === id ? server : other)) : [...servers, server]
}

/** A leader whose removal is committed has done its duty (Raft thesis §4.2.2). */
export function leaveWhenRemoved(state: CoreState): void {
  if (state.role !== 'leader' || state.isVoter || state.configuration.index > state.commitIndex) return
  state.events.push({ kind: 'removed' })
  state.follow(state.term, undefined)
}
