import { createHash, type Hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { assert } from '../../../src/kernel/assert.ts'
import type { SnapshotMeta } from '../core/messages.ts'
import { sliceChunks } from './compaction.ts'
import type { StoredSnapshot } from './log-store.ts'

interface SnapshotRow {
  readonly id: number
  readonly index: number
  readonly term: number
  readonly configuration: Buffer
  readonly configuration_index: number
  readonly size_bytes: number
  readonly chunks: number
  readonly sha256: string
  readonly created_at: number
}

/** Snapshots in raft.db: one row each, and their bytes in chunks. */
export class SqliteSnapshots {
  readonly #statements: ReturnType<typeof prepare>
  readonly #writing = new Map<number, { hash: Hash; sizeBytes: number; chunks: number }>()

  constructor(database: Database) {
    this.#statements = prepare(database)
  }

  /** What a crash left unfinished, to be dropped. */
  unfinished(): number[] {
    return (this.#statements.unfinished.all() as { id: number }[]).map((row) => row.id)
  }

  begin({ index, term, configuration, configurationIndex }: SnapshotMeta, nowMs: number): number {
    const { lastInsertRowid } = this.#statements.begin.run(index, term, configuration, configurationIndex, nowMs)
    const id = Number(lastInsertRowid)
    this.#writing.set(id, { hash: createHash('sha256'), sizeBytes: 0, chunks: 0 })
    return id
  }

  write(id: number, chunk: Uint8Array): void {
    const writing = this.#unfinished(id)
    this.#statements.addChunk.run(id, writing.chunks, chunk)
    writing.chunks++
    writing.sizeBytes += chunk.length
    writing.hash.update(chunk)
  }

  commit(id: number): StoredSnapshot {
    const { chunks, sizeBytes, hash } = this.#unfinished(id)
    this.#statements.complete.run(sizeBytes, chunks, hash.copy().digest('hex'), id)
    this.#writing.delete(id)
    return storedOf(this.#statements.one.get(id) as SnapshotRow)
  }

  /** Drops a few chunks of a snapshot, whole or unfinished, and at last its row. Returns whether there are more. */
  dropSlice(id: number): boolean {
    this.#writing.delete(id)
    this.#statements.disown.run(id)
    if (this.#statements.dropChunks.run(id, id, sliceChunks).changes === sliceChunks) return true
    this.#statements.drop.run(id)
    return false
  }

  list(): StoredSnapshot[] {
    return (this.#statements.completed.all() as SnapshotRow[]).map(storedOf)
  }

  /** The bytes of one chunk, or undefined behind the last. */
  chunk(id: number, sequence: number): Buffer | undefined {
    return (this.#statements.chunk.get(id, sequence) as { data: Buffer } | undefined)?.data
  }

  #unfinished(id: number) {
    const writing = this.#writing.get(id)
    assert(writing !== undefined, `snapshot ${id} is not being written`)
    return writing
  }
}

function storedOf(row: SnapshotRow): StoredSnapshot {
  return {
    id: row.id,
    index: row.index,
    term: row.term,
    configuration: row.configuration,
    configurationIndex: row.configuration_index,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    createdAtMs: row.created_at,
  }
}

function prepare(database: Database) {
  return {
    unfinished: database.prepare('SELECT id FROM snapshots WHERE NOT complete'),
    begin: database.prepare(
      'INSERT INTO snapshots ("index", term, configuration, configuration_index, created_at) VALUES (?, ?, ?, ?, ?)',
    ),
    addChunk: database.prepare('INSERT INTO snapshot_chunks VALUES (?, ?, ?)'),
    complete: database.prepare(
      'UPDATE snapshots SET complete = 1, size_bytes = ?, chunks = ?, sha256 = ? WHERE id = ?',
    ),
    // From here on it does not count, so that a crash half-way leaves nothing that looks whole.
    disown: database.prepare('UPDATE snapshots SET complete = 0 WHERE id = ? AND complete'),
    dropChunks: database.prepare(
      'DELETE FROM snapshot_chunks WHERE snapshot = ? AND sequence IN (SELECT sequence FROM snapshot_chunks WHERE snapshot = ? LIMIT ?)',
    ),
    drop: database.prepare('DELETE FROM snapshots WHERE id = ?'),
    one: database.prepare('SELECT * FROM snapshots WHERE id = ?'),
    // Not by id: one of our own may be begun after one of the leader's was stored that is further on.
    completed: database.prepare('SELECT * FROM snapshots WHERE complete ORDER BY "index" DESC, id DESC'),
    chunk: database.prepare('SELECT data FROM snapshot_chunks WHERE snapshot = ? AND sequence = ?'),
  }
}
