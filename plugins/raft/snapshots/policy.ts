/** When to take a snapshot and how much log to keep behind it (protocol/servers.md §10.4). */
export interface SnapshotPolicy {
  /** Applied entries since the last snapshot that make a new one worth while: `raft_snapshot_threshold`. */
  readonly thresholdEntries: number
  /** How often to look, at least; at most twice that: `raft_snapshot_interval`. */
  readonly intervalMs: number
  /** Entries kept for followers that are a little behind: `raft_trailing_logs`. */
  readonly trailingEntries: number
  /** Snapshots kept. */
  readonly keep: number
}

export const snapshotDefaults: SnapshotPolicy = {
  thresholdEntries: 16_384,
  intervalMs: 30_000,
  trailingEntries: 10_240,
  keep: 2,
}

export function isSnapshotDue(policy: SnapshotPolicy, appliedIndex: number, snapshotIndex: number): boolean {
  return appliedIndex - snapshotIndex >= policy.thresholdEntries
}

/** First entry to keep once the snapshot at `snapshotIndex` is stored. */
export function firstIndexToKeep(policy: SnapshotPolicy, snapshotIndex: number, lastIndex: number): number {
  return Math.max(1, Math.min(snapshotIndex, lastIndex - policy.trailingEntries) + 1)
}
