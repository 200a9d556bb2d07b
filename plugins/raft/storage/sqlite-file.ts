import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { walBytesMax, walPages } from './compaction.ts'
import {
  StorageBusyError,
  StorageCorruptError,
  StorageError,
  StorageFailedError,
  StorageForeignError,
  StorageFullError,
  StorageNewerError,
  StorageUnwritableError,
} from './errors.ts'
import { applicationId, formatVersion, schema } from './schema.ts'

export interface SqliteFileOptions {
  readonly path: string
  /** Largest size of the file; unlimited when left out. Beyond it writes fail as on a full disk. */
  readonly sizeBytesMax?: number | undefined
}

/**
 * Opens raft.db, or makes it. Looks at what is there first, without the right to write, so that a file which cannot be
 * used stays exactly as it was.
 *
 * @throws a StorageError that says what to do
 */
export function openDatabase({ path, sizeBytesMax }: SqliteFileOptions): Database.Database {
  try {
    accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new StorageUnwritableError(path, (cause as Error).message, { cause })
  }
  try {
    if (existsSync(path)) examine(path)
    else create(path)
    const database = new Database(path, { fileMustExist: true, timeout: 5000 })
    database.pragma('synchronous = FULL')
    database.pragma(`wal_autocheckpoint = ${walPages}`)
    database.pragma(`journal_size_limit = ${walBytesMax}`)
    if (sizeBytesMax !== undefined) database.pragma(`max_page_count = ${Math.ceil(sizeBytesMax / 4096)}`)
    return database
  } catch (error) {
    throw storageErrorOf(path, error)
  }
}

/** Opens raft.db to look at it, also while an agent writes to it. @throws a StorageError */
export function openReadOnly(path: string): Database.Database {
  if (!existsSync(path)) throw new StorageForeignError(path, 'there is no such file')
  try {
    examineHeader(path)
    const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 })
    examineVersion(path, database)
    return database
  } catch (error) {
    throw storageErrorOf(path, error)
  }
}

/** What SQLite or the filesystem reports, as something an operator can act on. */
export function storageErrorOf(path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  const { code = '', message } = cause as { code?: string; message: string }
  const options = { cause }
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC') return new StorageFullError(path, options)
  if (code.startsWith('SQLITE_BUSY')) return new StorageBusyError(path, options)
  if (code.startsWith('SQLITE_CORRUPT')) return new StorageCorruptError(path, message, options)
  if (code.startsWith('SQLITE_NOTADB')) return new StorageForeignError(path, message, options)
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EROFS|EPERM)/.test(code)) {
    return new StorageUnwritableError(path, message, options)
  }
  return new StorageFailedError(path, `${message}${code === '' ? '' : ` (${code})`}`, options)
}

/** A file appears under its name only when it is complete, so an unfinished one is never mistaken for a damaged one. */
function create(path: string): void {
  if (existsSync(`${path}-wal`)) {
    throw new StorageCorruptError(path, `it is missing, but its companion ${path}-wal is there`)
  }
  const unfinished = `${path}.new`
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${unfinished}${end}`, { force: true })
  const database = new Database(unfinished)
  try {
    // The order matters: this one has no effect once there are tables.
    database.pragma('auto_vacuum = INCREMENTAL')
    database.pragma(`application_id = ${applicationId}`)
    database.exec(schema)
    database.prepare('INSERT INTO meta VALUES (?, ?)').run('format_version', formatVersion)
    database.prepare('INSERT INTO hard_state VALUES (1, 0, NULL)').run()
    database.pragma('journal_mode = WAL')
  } finally {
    database.close()
  }
  syncPath(unfinished)
  renameSync(unfinished, path)
  syncPath(dirname(path))
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function examine(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK)
  examineHeader(path)
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 })
  try {
    examineVersion(path, database)
    const [first] = database.pragma('quick_check(1)') as { quick_check: string }[]
    if (first?.quick_check !== 'ok') {
      // SQLite puts a heading above what it found.
      const found = first?.quick_check.split('\n').filter((line) => !line.startsWith('***')) ?? []
      throw new StorageCorruptError(path, found.join(', ') || 'no answer to a check')
    }
  } finally {
    database.close()
  }
}

/** SQLite's own words for these are about "file is not a database"; here it is still known what the file is instead. */
function examineHeader(path: string): void {
  const { size } = statSync(path)
  if (size === 0) throw new StorageCorruptError(path, 'it is empty, so what it held has been cut off')
  const header = Buffer.alloc(100)
  const descriptor = openSync(path, 'r')
  try {
    readSync(descriptor, header, 0, 100, 0)
  } finally {
    closeSync(descriptor)
  }
  if (!header.toString('latin1').startsWith('SQLite format 3\0')) {
    throw new StorageForeignError(path, 'it is no SQLite database')
  }
  if (size < 512) throw new StorageCorruptError(path, `only ${size} bytes of it are left`)
  if (header.readUInt32BE(68) !== applicationId)
    throw new StorageForeignError(path, 'another program made this database')
}

function examineVersion(path: string, database: Database.Database): void {
  const row = database.prepare("SELECT value FROM meta WHERE key = 'format_version'").get() as
    | { value: number }
    | undefined
  const version = Number(row?.value)
  if (!Number.isInteger(version) || version < 1)
    throw new StorageCorruptError(path, 'it does not say its format version')
  if (version > formatVersion) throw new StorageNewerError(path, version, formatVersion)
}
