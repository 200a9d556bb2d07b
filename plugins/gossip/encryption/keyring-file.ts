import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../../../src/kernel/errors.ts'
import { keyProblem } from '../key-text.ts'
import { KeyringNotStoredError } from './errors.ts'
import { Keyring } from './keyring.ts'
import { isKeySize } from './seal.ts'

/** Thousands of keys; whatever is larger is no keyring. */
const fileBytesMax = 256 * 1024

/**
 * The keyring of a pool that is kept in a file: `serf/local.keyring` or `serf/remote.keyring` of the data directory, a JSON
 * list of keys in base64, the primary one first (protocol/gossip.md §9.7). What the file holds goes before `configured`,
 * the key of the setting `encrypt`, which only begins a file. Without both the pool does not encrypt.
 *
 * @throws ConfigError when the file cannot be used
 */
export function openKeyring(path: string, configured: Buffer | undefined): Keyring {
  const keep = (keys: readonly string[]) => writeKeyring(path, keys)
  const held = readKeyring(path)
  if (held !== undefined) return new Keyring(held, keep)
  if (configured === undefined) return new Keyring()
  const keyring = new Keyring([configured], keep)
  try {
    keep(keyring.list())
  } catch (error) {
    throw new ConfigError(`data_dir: ${(error as Error).message}`, { cause: error })
  }
  return keyring
}

/**
 * A key in base64, as the setting `encrypt` and the keyring file hold them. `where` begins the message of the error.
 *
 * @throws ConfigError
 */
export function readKey(text: string, where: string): Buffer {
  const problem = keyProblem(text)
  if (problem !== undefined) throw new ConfigError(`${where}: ${problem}; proconsul keygen makes a key`)
  const key = Buffer.from(text, 'base64')
  if (isKeySize(key.length)) return key
  throw new ConfigError(`${where}: a key has 16, 24 or 32 bytes, this one ${key.length}; proconsul keygen makes one`)
}

/** The keys of a file, undefined when there is none. */
function readKeyring(path: string): Buffer[] | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  if (text.length > fileBytesMax) throw new ConfigError(`${path} is too large for a keyring`)
  return keysOf(text, path)
}

function keysOf(text: string, path: string): Buffer[] {
  const advice = 'correct it, or remove it to begin a new one with the setting encrypt'
  let keys: unknown
  try {
    keys = JSON.parse(text)
  } catch (error) {
    throw new ConfigError(`${path} is no JSON: ${(error as Error).message}; ${advice}`, { cause: error })
  }
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw new ConfigError(`${path} is no list of keys; ${advice}`)
  }
  if (keys.length === 0) throw new ConfigError(`${path} has no keys; ${advice}`)
  return keys.map((key) => readKey(key, path))
}

/** Writes all of it or nothing, also through a power cut: a member that forgets a key is locked out of its cluster. */
function writeKeyring(path: string, keys: readonly string[]): void {
  const fresh = `${path}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    rmSync(fresh, { force: true })
    const file = openSync(fresh, 'wx', 0o600)
    try {
      writeFileSync(file, `${JSON.stringify(keys, undefined, 2)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(fresh, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(fresh, { force: true })
    throw new KeyringNotStoredError(path, error)
  }
}

/** Makes the new name last, too. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
