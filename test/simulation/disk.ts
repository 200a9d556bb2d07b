import type { LogState } from '../../plugins/raft/core/log-window.ts'
import { type Entry, entryType, type HardState, type SnapshotMeta } from '../../plugins/raft/core/messages.ts'
import type { LogBatch } from '../../plugins/raft/storage/log-store.ts'
import { termRunsOf } from '../../plugins/raft/storage/recovery.ts'
import { assert } from '../../src/kernel/assert.ts'
import type { Random } from '../../src/kernel/random.ts'

/** A snapshot that is whole on the disk. */
export interface DiskSnapshot {
  readonly meta: SnapshotMeta
  readonly records: readonly Buffer[]
}

/** A snapshot as it is read. */
export async function* recordsOf({ records }: DiskSnapshot): AsyncIterable<Buffer> {
  yield* records
}

/** One write of a transaction. Only behind its end mark does a transaction count. */
type Frame =
  | { readonly kind: 'hardState'; readonly hardState: HardState }
  | { readonly kind: 'truncate'; readonly from: number }
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'end' }

/**
 * The disk of one server. A transaction is written frame by frame and becomes durable with `finish`; a crash before that keeps
 * some of its frames, perhaps all of them, and when the server starts again a transaction without its end is dropped.
 */
export class SimulatedDisk {
  hardState: HardState = { term: 0, votedFor: undefined }
  /** Durable entries without gaps. */
  entries: Entry[] = []
  /** Newest first. */
  snapshots: DiskSnapshot[] = []
  /** Writes fail while there is no space. */
  full = false
  #unsynced: Frame[] = []

  begin({ hardState, truncateFrom, entries }: LogBatch): void {
    assert(this.#unsynced.length === 0, 'one transaction at a time')
    if (hardState !== undefined) this.#unsynced.push({ kind: 'hardState', hardState })
    if (truncateFrom !== undefined) this.#unsynced.push({ kind: 'truncate', from: truncateFrom })
    for (const entry of entries) this.#unsynced.push({ kind: 'entry', entry })
    this.#unsynced.push({ kind: 'end' })
  }

  /** The transaction is durable. */
  finish(): void {
    for (const frame of this.#unsynced) this.#carryOut(frame)
    this.#unsynced = []
  }

  /** The transaction failed and left nothing. */
  abandon(): void {
    this.#unsynced = []
  }

  /** Power is lost: of what was not synced, a beginning of any length may have reached the disk. Returns what became of it. */
  crash(random: Random): 'idle' | 'torn' | 'whole' {
    if (this.#unsynced.length === 0) return 'idle'
    const reached = this.#unsynced.slice(0, random.below(this.#unsynced.length + 1))
    const whole = reached.at(-1)?.kind === 'end'
    if (whole) for (const frame of reached) this.#carryOut(frame)
    this.#unsynced = []
    return whole ? 'whole' : 'torn'
  }

  /** The log as it is found on a start. */
  logState(tailEntries: number): LogState {
    const snapshot = this.snapshots[0]?.meta
    const snapshotIndex = snapshot?.index ?? 0
    return {
      snapshotIndex,
      snapshotTerm: snapshot?.term ?? 0,
      firstIndex: this.entries[0]?.index ?? snapshotIndex + 1,
      lastIndex: this.entries.at(-1)?.index ?? snapshotIndex,
      termRuns: termRunsOf(this.entries),
      tail: this.entries.slice(Math.max(0, this.entries.length - tailEntries)),
    }
  }

  get configurations(): Entry[] {
    return this.entries.filter((entry) => entry.type === entryType.configuration)
  }

  entryAt(index: number): Entry | undefined {
    const first = this.entries[0]
    return first === undefined || index < first.index ? undefined : this.entries[index - first.index]
  }

  /** Entries from `from` to `to`, none when `from` is not there. */
  read(from: number, to: number): Entry[] {
    if (this.entryAt(from) === undefined) return []
    const first = this.entries[0]!.index
    return this.entries.slice(from - first, to - first + 1)
  }

  /** Does this disk vouch for the entry, in the log or in a snapshot? */
  holds(index: number, term: number): boolean {
    return this.entryAt(index)?.term === term || (this.snapshots[0]?.meta.index ?? 0) >= index
  }

  store(snapshot: DiskSnapshot): void {
    this.snapshots.push(snapshot)
    this.snapshots.sort((a, b) => b.meta.index - a.meta.index)
  }

  compact(firstIndex: number): void {
    const first = this.entries[0]?.index
    if (first !== undefined && first < firstIndex) this.entries.splice(0, firstIndex - first)
  }

  #carryOut(frame: Frame): void {
    const { entries } = this
    if (frame.kind === 'hardState') this.hardState = frame.hardState
    else if (frame.kind === 'truncate') entries.length = Math.max(0, frame.from - (entries[0]?.index ?? frame.from))
    else if (frame.kind === 'entry') {
      const last = entries.at(-1)
      assert(last === undefined || frame.entry.index === last.index + 1, `the log has a hole at ${frame.entry.index}`)
      entries.push(frame.entry)
    }
  }
}
