import { ConfigError } from '../../src/kernel/errors.ts'
import type { OptionDeclarations, OptionValues } from '../../src/kernel/options.ts'
import type { SnapshotPolicy } from './snapshots/policy.ts'

/** How servers find agreement, and how much of their log they keep. Keys are Consul's. */
export const raftOptions = {
  bootstrap: {
    type: 'boolean',
    key: 'bootstrap',
    flag: 'bootstrap',
    default: false,
    help: 'Begin a new cluster with this server as its only voter, unless the data directory holds one already.',
  },
  bootstrapExpect: {
    type: 'integer',
    key: 'bootstrap_expect',
    flag: 'bootstrap-expect',
    default: 0,
    min: 0,
    help: 'Number of servers that begin a new cluster; 1 is the same as bootstrap, 0 waits to be added.',
  },
  raftMultiplier: {
    type: 'integer',
    key: 'performance.raft_multiplier',
    default: 5,
    devDefault: 1,
    min: 1,
    max: 10,
    help: 'Scales the timeouts by which a lost leader is noticed: 1 is for fast networks, 5 for small machines.',
  },
  snapshotThreshold: {
    type: 'integer',
    key: 'raft_snapshot_threshold',
    default: 16384,
    min: 1,
    reloadable: true,
    help: 'Entries since the last snapshot that make the next one worth while.',
  },
  snapshotInterval: {
    type: 'duration',
    key: 'raft_snapshot_interval',
    default: '30s',
    min: '1s',
    reloadable: true,
    help: 'How often to look whether a snapshot is due; up to twice as long at random.',
  },
  trailingLogs: {
    type: 'integer',
    key: 'raft_trailing_logs',
    default: 10240,
    min: 0,
    reloadable: true,
    help: 'Entries kept behind a snapshot for servers that are a little behind.',
  },
} as const satisfies OptionDeclarations

export type RaftOptions = OptionValues<typeof raftOptions>

/** Whatever stands on disk, so that `validate` sees it too. @throws ConfigError for settings that contradict each other */
export function checkBootstrap({ bootstrap, bootstrapExpect }: RaftOptions): void {
  if (bootstrap && bootstrapExpect > 0) {
    throw new ConfigError("'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive; remove one of them")
  }
}

/** True when a blank server begins a cluster by itself. */
export function bootstrapsAlone({ bootstrap, bootstrapExpect }: RaftOptions, dev: boolean): boolean {
  return bootstrap || bootstrapExpect === 1 || dev
}

/** How this server shows the others in gossip by whom it expects a cluster to be begun (protocol/gossip.md §11.2). */
export function bootstrapTags({ bootstrap, bootstrapExpect }: RaftOptions): Record<string, string> {
  if (bootstrap || bootstrapExpect === 1) return { bootstrap: '1' }
  return bootstrapExpect > 1 ? { expect: String(bootstrapExpect) } : {}
}

/** Timeouts by multiplier (protocol/servers.md §10.4). A server in dev mode has nobody to wait for. */
export function timesOf(multiplier: number, dev: boolean) {
  if (dev)
    return { heartbeatTimeoutMs: 35, electionTimeoutMs: 52, leaderLeaseMs: 20, readLeaseMs: 20, commitNoticeMs: 50 }
  return {
    heartbeatTimeoutMs: 1000 * multiplier,
    electionTimeoutMs: 1000 * multiplier,
    leaderLeaseMs: 500 * multiplier,
    // Some commit notices long, so that it hardly ever ends by chance, and short, since no election can be won before.
    readLeaseMs: 300,
    commitNoticeMs: 50,
  }
}

export function snapshotPolicyOf(options: RaftOptions): SnapshotPolicy {
  return {
    thresholdEntries: options.snapshotThreshold,
    intervalMs: options.snapshotInterval,
    trailingEntries: options.trailingLogs,
    keep: 2,
  }
}
