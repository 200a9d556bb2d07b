import type { AutopilotConfig } from '../../src/wire/structs/operator.ts'
import type { ClusterHealth, ServerState } from './contract.ts'

const nanosPerMs = 1e6

/**
 * The non-voter that has earned its vote: healthy for `ServerStabilizationTime`, which does not count until this leader
 * has itself looked on for that long, so that a new cluster forms quickly (protocol/servers.md §11.2). One at a time: the
 * next look judges the others by the membership that this change makes.
 */
export function toPromote(
  health: ClusterHealth,
  settings: AutopilotConfig,
  watchingSinceMs: number,
  nowMs: number,
): ServerState | undefined {
  const wantedMs = settings.ServerStabilizationTime / nanosPerMs
  const neededMs = nowMs - watchingSinceMs < wantedMs ? 0 : wantedMs
  return health.servers.find(
    (server) => !server.voter && !server.readReplica && server.healthy && nowMs - server.stableSinceMs >= neededMs,
  )
}

/** What becomes of a dead server: gossip is told that it has left, or Raft drops one that gossip does not know. */
export interface Removal {
  readonly server: ServerState
  readonly how: 'forceLeave' | 'removePeer'
}

/**
 * Dead servers to remove now. Non-voters go freely; voters only while a majority of what there was stays (so never more than
 * `(voters - 1) / 2` at a time) and no fewer than `MinQuorum` remain (protocol/servers.md §11.4).
 */
export function toRemove(health: ClusterHealth, settings: AutopilotConfig): Removal[] {
  if (!settings.CleanupDeadServers) return []
  const dead = health.servers.filter((server) => !server.leader && isDead(server))
  const voters = health.servers.filter(({ voter }) => voter).length
  const mostVoters = Math.min(Math.floor((voters - 1) / 2), voters - settings.MinQuorum)
  // Those whom gossip has forgotten first: nothing will bring them back.
  const deadVoters = dead.filter(({ voter }) => voter).sort((a, b) => rank(a) - rank(b))
  // More than that dead means that a majority is, or nearly so: then every one of them may be needed again.
  const allowed = deadVoters.length > mostVoters ? [] : deadVoters
  return [...dead.filter(({ voter }) => !voter), ...allowed].map((server) => ({
    server,
    how: server.memberStatus === 'unknown' ? 'removePeer' : 'forceLeave',
  }))
}

function isDead({ memberStatus }: ServerState): boolean {
  return memberStatus === 'failed' || memberStatus === 'unknown'
}

function rank({ memberStatus }: ServerState): number {
  return memberStatus === 'unknown' ? 0 : 1
}
