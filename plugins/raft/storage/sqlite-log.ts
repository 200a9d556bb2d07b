import type { Database } from 'better-sqlite3'
import { decodeConfiguration } from '../core/configuration.ts'
import { type Entry, type EntryType, entryType, type HardState } from '../core/messages.ts'
import { sliceEntries } from './compaction.ts'
import { StorageCorruptError } from './errors.ts'
import { tailOnOpen } from './log-store.ts'
import { checksumOfEntry, type PackedEntry } from './packing.ts'

const columns = 7
const row = `(${new Array(columns).fill('?').join(', ')})`
/** Entries that one statement inserts, which takes a fifth less time than as many statements. */
const rowsTogether = 8
const valuesTogether = rowsTogether * columns

interface LogRow {
  readonly index: number
  readonly term: number
  readonly type: EntryType
  readonly data: Buffer | null
  readonly extensions: Buffer | null
  readonly appended_at: number
  readonly checksum: number
}

/** The log and the hard state in raft.db: each method one statement or one transaction. */
export class SqliteLog {
  readonly #path: string
  readonly #database: Database
  readonly #statements: ReturnType<typeof prepare>
  readonly #appendAll: (
    hardState: HardState | undefined,
    from: number | undefined,
    entries: readonly PackedEntry[],
  ) => void

  constructor(path: string, database: Database) {
    this.#path = path
    this.#database = database
    this.#statements = prepare(database)
    this.#appendAll = database.transaction((hardState, from, entries) => {
      this.#append(hardState, from, entries)
    })
  }

  append(hardState: HardState | undefined, truncateFrom: number | undefined, entries: readonly PackedEntry[]): void {
    this.#appendAll(hardState, truncateFrom, entries)
  }

  hardState(): HardState {
    const row = this.#statements.hardState.get() as { term: number; voted_for: string | null } | undefined
    if (row === undefined) throw new StorageCorruptError(this.#path, 'it does not say its term')
    return { term: row.term, votedFor: row.voted_for ?? undefined }
  }

  /** First and last index, undefined for an empty log. Refuses a log with holes. */
  range(): { first: number; last: number } | undefined {
    const row = this.#statements.range.get() as { first: number | null; last: number; count: number }
    if (row.first === null) return undefined
    if (row.count !== row.last - row.first + 1) {
      throw new StorageCorruptError(this.#path, `of entries ${row.first} to ${row.last} only ${row.count} are there`)
    }
    return { first: row.first, last: row.last }
  }

  /** Where each term begins. */
  termRuns(): { from: number; term: number }[] {
    return this.#statements.termRuns.all() as { from: number; term: number }[]
  }

  configurations(): Entry[] {
    return (this.#statements.configurations.all() as LogRow[]).map((row) => this.#entryOf(row))
  }

  /** The newest entries, oldest first. */
  tail(): Entry[] {
    const found: Entry[] = []
    let sizeBytes = 0
    for (const row of this.#statements.newest.iterate(tailOnOpen.entriesMax) as Iterable<LogRow>) {
      sizeBytes += (row.data?.length ?? 0) + 100
      if (sizeBytes > tailOnOpen.sizeBytesMax) break
      found.push(this.#entryOf(row))
    }
    return found.reverse()
  }

  read(from: number, to: number, sizeBytesMax: number): Entry[] {
    const found: Entry[] = []
    let sizeBytes = 0
    for (const row of this.#statements.read.iterate(from, to) as Iterable<LogRow>) {
      if (row.index !== from + found.length) break
      found.push(this.#entryOf(row))
      sizeBytes += (row.data?.length ?? 0) + 100
      if (sizeBytes >= sizeBytesMax) break
    }
    return found
  }

  /** Drops some entries before `firstIndex`. Returns whether there are more. */
  compactSlice(firstIndex: number): boolean {
    const { changes } = this.#statements.compact.run(firstIndex, sliceEntries)
    if (changes === sliceEntries) return true
    this.#statements.compactMemberships.run(firstIndex)
    return false
  }

  count(): number {
    return (this.#statements.range.get() as { count: number }).count
  }

  /** Notes a membership for the shell's `peers`. */
  noteMembership(index: number, configuration: Uint8Array): void {
    this.#statements.addMembership.run(index, JSON.stringify(decodeConfiguration(configuration)))
  }

  #append(hardState: HardState | undefined, from: number | undefined, entries: readonly PackedEntry[]): void {
    const { setHardState, truncate, truncateMemberships, insert, insertTogether } = this.#statements
    if (hardState !== undefined) setHardState.run(hardState.term, hardState.votedFor ?? null)
    if (from !== undefined) {
      truncate.run(from)
      truncateMemberships.run(from)
    }
    const values: unknown[] = []
    for (const { index, term, type, data, extensions, appendedAtMs, checksum } of entries) {
      values.push(index, term, type, data, extensions, appendedAtMs, checksum)
      if (values.length === valuesTogether) insertTogether.run(...values.splice(0))
      if (type === entryType.configuration) this.noteMembership(index, data!)
    }
    for (let at = 0; at < values.length; at += columns) insert.run(...values.slice(at, at + columns))
  }

  #entryOf(row: LogRow): Entry {
    const { index, term, type, data, extensions, appended_at: appendedAtMs } = row
    const entry = { index, term, type, data, extensions, appendedAtMs }
    if (checksumOfEntry(entry) !== row.checksum) {
      throw new StorageCorruptError(this.#path, `entry ${index} is not what was written`)
    }
    return entry
  }

  get database(): Database {
    return this.#database
  }
}

function prepare(database: Database) {
  return {
    setHardState: database.prepare('UPDATE hard_state SET term = ?, voted_for = ?'),
    truncate: database.prepare('DELETE FROM log WHERE "index" >= ?'),
    truncateMemberships: database.prepare('DELETE FROM memberships WHERE "index" >= ?'),
    insert: database.prepare(`INSERT INTO log VALUES ${row}`),
    insertTogether: database.prepare(`INSERT INTO log VALUES ${new Array(rowsTogether).fill(row).join(', ')}`),
    addMembership: database.prepare('INSERT OR REPLACE INTO memberships VALUES (?, ?)'),
    hardState: database.prepare('SELECT term, voted_for FROM hard_state'),
    range: database.prepare('SELECT min("index") AS first, max("index") AS last, count(*) AS count FROM log'),
    termRuns: database.prepare('SELECT min("index") AS "from", term FROM log GROUP BY term ORDER BY 1'),
    configurations: database.prepare('SELECT * FROM log WHERE type = 5 ORDER BY "index"'),
    newest: database.prepare('SELECT * FROM log ORDER BY "index" DESC LIMIT ?'),
    read: database.prepare('SELECT * FROM log WHERE "index" BETWEEN ? AND ? ORDER BY "index"'),
    compact: database.prepare(
      'DELETE FROM log WHERE "index" IN (SELECT "index" FROM log WHERE "index" < ? ORDER BY "index" LIMIT ?)',
    ),
    // The newest membership before the log still holds: it is the one of the snapshot.
    compactMemberships: database.prepare(
      'DELETE FROM memberships WHERE "index" < (SELECT max("index") FROM memberships WHERE "index" < ?)',
    ),
  }
}
