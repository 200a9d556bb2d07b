import { assert } from '../../../src/kernel/assert.ts'
import type { Entry } from './messages.ts'
import { type TermRun, TermRuns } from './term-runs.ts'

/** The log as a store holds it when a server starts. */
export interface LogState {
  /** The newest snapshot's place; both 0 when there is none. */
  readonly snapshotIndex: number
  readonly snapshotTerm: number
  /** First and last index held; `lastIndex` is `firstIndex - 1` when the log is empty. */
  readonly firstIndex: number
  readonly lastIndex: number
  readonly termRuns: readonly TermRun[]
  /** The newest entries, without gaps up to `lastIndex`. May be empty. */
  readonly tail: readonly Entry[]
}

/** What must become durable before anything that depends on it is said. */
export interface LogChange {
  /** Entries from here on are dropped first. */
  readonly truncateFrom: number | undefined
  readonly entries: readonly Entry[]
}

/**
 * The log as the core sees it: the terms of all entries, the newest entries themselves, and which of them are durable.
 * Older entries are only in the store; whoever needs them has the driver read them.
 */
export class LogWindow {
  #snapshotIndex: number
  #snapshotTerm: number
  #firstIndex: number
  #lastIndex: number
  readonly #terms: TermRuns
  /** Entries `#floor` to `#lastIndex`. */
  #entries: Entry[]
  #floor: number
  #sizeBytes = 0
  #durableIndex: number
  /** Last index of the batch that is being written. */
  #writingTo: number
  /** First entry that no batch has carried yet. */
  #unwrittenFrom: number
  #truncateFrom: number | undefined

  constructor(state: LogState) {
    this.#snapshotIndex = state.snapshotIndex
    this.#snapshotTerm = state.snapshotTerm
    this.#firstIndex = state.firstIndex
    this.#lastIndex = state.lastIndex
    this.#terms = new TermRuns(state.termRuns)
    this.#entries = [...state.tail]
    this.#floor = state.lastIndex - state.tail.length + 1
    for (const entry of state.tail) this.#sizeBytes += sizeOf(entry)
    this.#durableIndex = state.lastIndex
    this.#writingTo = state.lastIndex
    this.#unwrittenFrom = state.lastIndex + 1
  }

  /** First entry that is still held, in memory or in the store. */
  get firstIndex(): number {
    return this.#firstIndex
  }

  get lastIndex(): number {
    return this.#lastIndex
  }

  get lastTerm(): number {
    return this.termAt(this.#lastIndex) ?? 0
  }

  get snapshotIndex(): number {
    return this.#snapshotIndex
  }

  get snapshotTerm(): number {
    return this.#snapshotTerm
  }

  /** Every entry up to here survives a crash. */
  get durableIndex(): number {
    return this.#durableIndex
  }

  /** The term of an entry; 0 for the place before the first; undefined where this log says nothing. */
  termAt(index: number): number | undefined {
    if (index === this.#snapshotIndex) return this.#snapshotTerm
    if (index === 0) return 0
    if (index < this.#firstIndex || index > this.#lastIndex) return undefined
    return this.#terms.at(index)
  }

  /** Where the entries of the term at `index` begin, as far as this log goes back. */
  startOfTermAt(index: number): number {
    return Math.max(this.#firstIndex, this.#terms.startOf(index) ?? index)
  }

  /** The last entry of `term`, or undefined when there is none. */
  lastOfTerm(term: number): number | undefined {
    return this.#terms.lastOf(term, this.#lastIndex)
  }

  append(entry: Entry): void {
    assert(entry.index === this.#lastIndex + 1, `entry ${entry.index} does not follow the log's end ${this.#lastIndex}`)
    assert(entry.term >= this.lastTerm, `entry ${entry.index} has an older term than the one before it`)
    this.#entries.push(entry)
    this.#lastIndex = entry.index
    this.#sizeBytes += sizeOf(entry)
    this.#terms.append(entry.index, entry.term)
  }

  /** Drops a tail that a leader contradicts. */
  truncateFrom(index: number): void {
    for (let at = Math.max(index, this.#floor); at <= this.#lastIndex; at++) {
      this.#sizeBytes -= sizeOf(this.#entries[at - this.#floor]!)
    }
    this.#entries.length = Math.max(0, index - this.#floor)
    this.#floor = Math.min(this.#floor, index)
    this.#lastIndex = index - 1
    this.#terms.truncateFrom(index)
    this.#durableIndex = Math.min(this.#durableIndex, index - 1)
    this.#writingTo = Math.min(this.#writingTo, index - 1)
    if (index < this.#unwrittenFrom) {
      this.#unwrittenFrom = index
      this.#truncateFrom = Math.min(this.#truncateFrom ?? index, index)
    }
  }

  /**
   * Up to `countMax` entries from `from`, stopping before `sizeBytesMax` is passed (but at least one); undefined when they
   * are no longer in memory.
   */
  slice(from: number, countMax: number, sizeBytesMax: number): Entry[] | undefined {
    if (from < this.#floor) return undefined
    const start = from - this.#floor
    const end = Math.min(this.#entries.length, start + countMax)
    let at = start
    for (let sizeBytes = 0; at < end; at++) {
      sizeBytes += sizeOf(this.#entries[at]!)
      if (sizeBytes > sizeBytesMax && at > start) break
    }
    return this.#entries.slice(start, at)
  }

  /** Entries that are not known to be durable. */
  get undurable(): number {
    return this.#lastIndex - this.#durableIndex
  }

  /**
   * What waits to be written, the first `entriesMax` of it, or undefined. The caller writes it and calls `written`, before
   * taking more.
   */
  take(entriesMax = Number.POSITIVE_INFINITY): LogChange | undefined {
    if (this.#unwrittenFrom > this.#lastIndex && this.#truncateFrom === undefined) return undefined
    const start = this.#unwrittenFrom - this.#floor
    const entries = this.#entries.slice(start, start + entriesMax)
    const change = { truncateFrom: this.#truncateFrom, entries }
    this.#truncateFrom = undefined
    this.#writingTo = this.#unwrittenFrom + entries.length - 1
    this.#unwrittenFrom = this.#writingTo + 1
    return change
  }

  /** What was taken is durable, but for a tail that was dropped meanwhile. */
  written(): void {
    this.#durableIndex = Math.max(this.#durableIndex, this.#writingTo)
  }

  /** Forgets entries in memory up to `index`, which are durable, once there are more than is worth keeping. */
  trim(index: number, countMax: number, sizeBytesMax: number): void {
    if (this.#entries.length <= 2 * countMax && this.#sizeBytes <= 2 * sizeBytesMax) return
    const limit = Math.min(index, this.#durableIndex) - this.#floor + 1
    let dropped = 0
    while (dropped < limit && (this.#entries.length - dropped > countMax || this.#sizeBytes > sizeBytesMax)) {
      this.#sizeBytes -= sizeOf(this.#entries[dropped++]!)
    }
    if (dropped === 0) return
    this.#entries.splice(0, dropped)
    this.#floor += dropped
  }

  /** A snapshot covers the log up to its place, and the store holds entries from `firstIndex` on. */
  compact(snapshotIndex: number, snapshotTerm: number, firstIndex: number): void {
    assert(firstIndex <= snapshotIndex + 1, `a log from ${firstIndex} on leaves a gap behind snapshot ${snapshotIndex}`)
    this.#snapshotIndex = snapshotIndex
    this.#snapshotTerm = snapshotTerm
    this.#firstIndex = Math.max(this.#firstIndex, firstIndex)
    this.#terms.compactTo(this.#firstIndex)
    const dropped = Math.min(this.#entries.length, Math.max(0, this.#firstIndex - this.#floor))
    for (let at = 0; at < dropped; at++) this.#sizeBytes -= sizeOf(this.#entries[at]!)
    this.#entries.splice(0, dropped)
    this.#floor += dropped
  }

  /** Starts over behind a snapshot that came from the leader: nothing of the old log is kept. */
  resetTo(snapshotIndex: number, snapshotTerm: number): void {
    // From the very beginning: the store may still hold entries that a compaction has not reached yet.
    this.#truncateFrom = 1
    this.#snapshotIndex = snapshotIndex
    this.#snapshotTerm = snapshotTerm
    this.#firstIndex = snapshotIndex + 1
    this.#lastIndex = snapshotIndex
    this.#terms.truncateFrom(0)
    this.#entries = []
    this.#sizeBytes = 0
    this.#floor = snapshotIndex + 1
    this.#durableIndex = snapshotIndex
    this.#writingTo = snapshotIndex
    this.#unwrittenFrom = snapshotIndex + 1
  }
}

/** What an entry costs in memory and on the wire, roughly. */
export function sizeOf(entry: Pick<Entry, 'data' | 'extensions'>): number {
  return 32 + (entry.data?.length ?? 0) + (entry.extensions?.length ?? 0)
}
