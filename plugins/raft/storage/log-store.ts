import type { LogState } from '../core/log-window.ts'
import type { Entry, HardState, SnapshotMeta } from '../core/messages.ts'

/**
 * What Raft needs of a disk. Every store passes log-store.suite.ts, a third party's too.
 *
 * The one promise everything rests on: when `append` has resolved, what it was given survives a crash of the process and of
 * the machine, and a batch is there wholly or not at all.
 */
export interface LogStore {
  /**
   * Opens or creates the store and says what it holds. Called once, before anything else.
   *
   * @throws a StorageError when there is something that cannot be used; it is then left as it was found
   */
  open(): Promise<Recovered>

  /** Makes a batch durable, all or nothing. One at a time: the next call waits for the promise of the one before. */
  append(batch: LogBatch): Promise<void>

  /**
   * Entries from `from` to `to`, both included, ending early once `sizeBytesMax` is passed (but never before the first).
   * Empty when `from` is not held.
   */
  read(from: number, to: number, sizeBytesMax: number): Promise<Entry[]>

  /** Drops the entries before `firstIndex`, a few at a time so that appends need not wait, and gives space back. */
  compact(firstIndex: number): Promise<void>

  /** Begins to write a snapshot, beside all other work. It counts only once it is committed. */
  beginSnapshot(meta: SnapshotMeta): Promise<SnapshotWriter>

  /** Complete snapshots, the one with the highest index first. */
  snapshots(): Promise<StoredSnapshot[]>

  /**
   * The bytes of a snapshot, a chunk at a time, as they were written though perhaps cut elsewhere.
   *
   * @throws SnapshotCorruptError from the iteration, at the latest at its end, when the bytes are not those written
   */
  readSnapshot(id: number): AsyncIterable<Buffer>

  /** Drops all but the newest `count` snapshots. */
  keepSnapshots(count: number): Promise<void>

  sizes(): Promise<StoreSizes>

  /** Ends after all that was asked before is done. */
  close(): Promise<void>
}

export interface LogBatch {
  readonly hardState?: HardState | undefined
  /** Entries from here on are dropped before `entries` are added. */
  readonly truncateFrom?: number | undefined
  /** In the order of the log, behind what the store holds or behind its newest snapshot. */
  readonly entries: readonly Entry[]
}

/** What a store holds when it is opened. */
export interface Recovered {
  readonly hardState: HardState
  readonly log: LogState
  /** Configuration entries of the log, oldest first. */
  readonly configurations: readonly Entry[]
  /** Complete snapshots, newest first. */
  readonly snapshots: readonly StoredSnapshot[]
}

export interface StoredSnapshot extends SnapshotMeta {
  readonly id: number
  readonly sizeBytes: number
  readonly createdAtMs: number
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string
}

export interface SnapshotWriter {
  /** Adds bytes. Resolves when there is room for more. */
  write(chunk: Uint8Array): Promise<void>
  /** Makes the snapshot durable, and the newest one. */
  commit(): Promise<StoredSnapshot>
  /** Forgets it. Harmless after `commit`. */
  abort(): Promise<void>
}

export interface StoreSizes {
  readonly entries: number
  readonly fileBytes: number
  readonly walBytes: number
  /** Part of the file that holds nothing at the moment. */
  readonly freeBytes: number
}

/** How much of the newest log `open` brings into memory. */
export const tailOnOpen = { entriesMax: 1024, sizeBytesMax: 8 * 2 ** 20 } as const
