import { accessSync, constants, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { ConfigError } from '../../src/kernel/errors.ts'

/** Another agent runs on the same data directory. */
export class DataDirLockedError extends ConfigError {
  override readonly code = 'data_dir_locked'

  constructor(dir: string) {
    super(`data_dir: ${dir} is in use by another agent; stop that one, or give this one a data directory of its own`)
  }
}

/** A data directory that belongs to this process until closed. */
export interface DataDir {
  readonly path: string
  close(): void
}

/**
 * Makes the directory when missing and locks it. The lock is SQLite's on a file of its own: the operating system lets go
 * of it when the process ends however it ends, so nothing is left to clean up after kill -9. Throws a ConfigError when
 * the directory cannot be used.
 */
export function openDataDir(path: string): DataDir {
  try {
    makeDir(path)
    if (!statSync(path).isDirectory()) throw new Error('it is not a directory')
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new ConfigError(
      `data_dir: ${path} cannot be used: ${(cause as Error).message}; give a directory this user may write to`,
      { cause },
    )
  }
  return { path, close: lock(path) }
}

/** Like `mkdirSync` with `recursive`, which turns for ever where a parent cannot be made, such as below /proc. */
function makeDir(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeDir(dirname(path))
    mkdirSync(path)
  }
}

function lock(dir: string): () => void {
  let held: Database.Database | undefined
  try {
    held = new Database(join(dir, 'agent.lock'), { timeout: 0 })
    held.pragma('journal_mode = MEMORY')
    held.exec('BEGIN EXCLUSIVE')
    const open = held
    return () => open.close()
  } catch (cause) {
    held?.close()
    if ((cause as { code?: string }).code?.startsWith('SQLITE_BUSY')) throw new DataDirLockedError(dir)
    throw new ConfigError(`data_dir: ${dir} cannot be locked: ${(cause as Error).message}`, { cause })
  }
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** True for a UUID in lower case. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

/** The node's id as kept in the directory; written there first when it is new. `wanted` is the configured one, if any. */
export function settleNodeId(dir: string, wanted: string | undefined, fresh: () => string): string {
  const file = join(dir, 'node-id')
  const kept = readKept(file)
  const id = wanted ?? kept ?? fresh()
  if (id !== kept) {
    writeFileSync(`${file}.tmp`, id, { mode: 0o600, flush: true })
    renameSync(`${file}.tmp`, file)
  }
  return id
}

function readKept(file: string): string | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim().toLowerCase()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  if (text === '') return undefined
  if (!isUuid(text)) throw new ConfigError(`${file} holds no UUID but "${text.slice(0, 64)}"; correct or remove it`)
  return text
}
