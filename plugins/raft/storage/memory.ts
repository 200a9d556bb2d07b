import { createHash } from 'node:crypto'
import { assert } from '../../../src/kernel/assert.ts'
import { sizeOf } from '../core/log-window.ts'
import { type Entry, entryType, type HardState, type SnapshotMeta } from '../core/messages.ts'
import type { LogBatch, LogStore, Recovered, SnapshotWriter, StoredSnapshot, StoreSizes } from './log-store.ts'
import { termRunsOf } from './recovery.ts'

/** A store for `-dev` and for tests: as durable as this object. */
export class MemoryLogStore implements LogStore {
  #hardState: HardState = { term: 0, votedFor: undefined }
  #entries: Entry[] = []
  #snapshots: { meta: StoredSnapshot; chunks: Buffer[] }[] = []
  #nextSnapshotId = 1
  readonly #nowMs: () => number

  /** `nowMs` is the wall clock that dates snapshots. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  async open(): Promise<Recovered> {
    const newest = this.#snapshots[0]?.meta
    const snapshotIndex = newest?.index ?? 0
    return {
      hardState: this.#hardState,
      log: {
        snapshotIndex,
        snapshotTerm: newest?.term ?? 0,
        firstIndex: this.#entries[0]?.index ?? snapshotIndex + 1,
        lastIndex: this.#entries.at(-1)?.index ?? snapshotIndex,
        termRuns: termRunsOf(this.#entries),
        tail: [...this.#entries],
      },
      configurations: this.#entries.filter((entry) => entry.type === entryType.configuration),
      snapshots: this.#snapshots.map(({ meta }) => meta),
    }
  }

  async append({ hardState, truncateFrom, entries }: LogBatch): Promise<void> {
    if (hardState) this.#hardState = hardState
    if (truncateFrom !== undefined) this.#entries.length = Math.max(0, this.#position(truncateFrom))
    const last = this.#entries.at(-1)
    const gap = last !== undefined && entries.length > 0 && entries[0]!.index !== last.index + 1
    assert(!gap, `entry ${entries[0]?.index} does not follow entry ${last?.index}`)
    this.#entries.push(...entries)
  }

  async read(from: number, to: number, sizeBytesMax: number): Promise<Entry[]> {
    const start = this.#position(from)
    if (start < 0) return []
    const found: Entry[] = []
    let sizeBytes = 0
    for (const entry of this.#entries.slice(start, start + to - from + 1)) {
      found.push(entry)
      sizeBytes += sizeOf(entry)
      if (sizeBytes >= sizeBytesMax) break
    }
    return found
  }

  async compact(firstIndex: number): Promise<void> {
    this.#entries.splice(0, Math.max(0, this.#position(firstIndex)))
  }

  async beginSnapshot(meta: SnapshotMeta): Promise<SnapshotWriter> {
    const id = this.#nextSnapshotId++
    const chunks: Buffer[] = []
    const hash = createHash('sha256')
    return {
      write: async (chunk) => {
        hash.update(chunk)
        chunks.push(Buffer.from(chunk))
      },
      commit: async () => {
        const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        const stored = { ...meta, id, sizeBytes, createdAtMs: this.#nowMs(), sha256: hash.digest('hex') }
        this.#snapshots.unshift({ meta: stored, chunks })
        this.#snapshots.sort((a, b) => b.meta.index - a.meta.index)
        return stored
      },
      abort: async () => {},
    }
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return this.#snapshots.map(({ meta }) => meta)
  }

  async *readSnapshot(id: number): AsyncIterable<Buffer> {
    const found = this.#snapshots.find(({ meta }) => meta.id === id)
    assert(found !== undefined, `there is no snapshot ${id}`)
    yield* found.chunks
  }

  async keepSnapshots(count: number): Promise<void> {
    this.#snapshots = this.#snapshots.slice(0, count)
  }

  async sizes(): Promise<StoreSizes> {
    const fileBytes = this.#entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    return { entries: this.#entries.length, fileBytes, walBytes: 0, freeBytes: 0 }
  }

  async close(): Promise<void> {}

  #position(index: number): number {
    const first = this.#entries[0]?.index
    return first === undefined ? 0 : index - first
  }
}
