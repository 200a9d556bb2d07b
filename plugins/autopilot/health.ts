import type { AutopilotConfig } from '../../src/wire/structs/operator.ts'
import type { Member, MemberStatus } from '../gossip/contract.ts'
import type { Server } from '../raft/contract.ts'
import type { ClusterHealth, ServerState, ServerStats } from './contract.ts'

const statusNames: Readonly<Record<MemberStatus, ServerState['memberStatus']>> = {
  0: 'unknown',
  1: 'alive',
  2: 'leaving',
  3: 'left',
  4: 'failed',
}

const silent: ServerStats = { lastContactMs: 0, lastTerm: 0, lastIndex: 0 }
const nanosPerMs = 1e6

export interface Observation {
  /** Raft's newest configuration. */
  readonly servers: readonly Server[]
  /** Gossip's members by node id, of servers in this datacenter. */
  readonly members: ReadonlyMap<string, Member>
  /** What each server said of its log, by id; missing when it did not answer. */
  readonly stats: ReadonlyMap<string, ServerStats>
  /** Id of the leader, which is this server. */
  readonly leader: string
  readonly settings: AutopilotConfig
  readonly nowMs: number
}

/** How the servers are now, given how they were (protocol/servers.md §11.4). */
export function assess(seen: Observation, before: ClusterHealth | undefined): ClusterHealth {
  const earlier = new Map(before?.servers.map((server) => [server.id, server]))
  const leaderStats = seen.stats.get(seen.leader) ?? silent
  const servers = seen.servers.map((server) => {
    const state = stateOf(server, seen, leaderStats)
    const known = earlier.get(server.id)
    return known?.healthy === state.healthy ? { ...state, stableSinceMs: known.stableSinceMs } : state
  })
  const voters = servers.filter(({ voter }) => voter)
  const healthyVoters = voters.filter(({ healthy }) => healthy).length
  const quorum = Math.floor(voters.length / 2) + 1
  return {
    healthy: servers.length > 0 && servers.every(({ healthy }) => healthy),
    failureTolerance: Math.max(0, healthyVoters - quorum),
    leader: seen.leader,
    servers,
  }
}

function stateOf(server: Server, seen: Observation, leaderStats: ServerStats): ServerState {
  const { settings, nowMs } = seen
  const member = seen.members.get(server.id)
  const stats = seen.stats.get(server.id) ?? silent
  const memberStatus = member === undefined ? 'unknown' : statusNames[member.status]
  const leader = server.id === seen.leader
  const healthy =
    (memberStatus === 'alive' || memberStatus === 'leaving') &&
    (leader || stats.lastContactMs * nanosPerMs <= settings.LastContactThreshold) &&
    stats.lastTerm === leaderStats.lastTerm &&
    stats.lastIndex >= leaderStats.lastIndex - settings.MaxTrailingLogs
  return {
    id: server.id,
    name: member?.name ?? '',
    address: server.address,
    memberStatus,
    version: /\d+\.\d+\.\d+/.exec(member?.tags.build ?? '')?.[0] ?? '',
    leader,
    voter: server.suffrage === 'voter',
    readReplica: member?.tags.read_replica !== undefined,
    stats,
    healthy,
    stableSinceMs: nowMs,
    tags: member?.tags ?? {},
  }
}
