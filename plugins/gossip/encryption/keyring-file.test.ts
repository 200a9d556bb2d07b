import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openKeyring, readKey } from './keyring-file.ts'

const key = (byte: number) => Buffer.alloc(32, byte)
const text = (byte: number) => key(byte).toString('base64')

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyring-'))
  path = join(folder, 'serf', 'local.keyring')
})

afterEach(() => rmSync(folder, { recursive: true }))

const stored = () => JSON.parse(readFileSync(path, 'utf8'))

test('the key of the setting begins a file that only its owner can read', () => {
  expect(openKeyring(path, key(1)).list()).toEqual([text(1)])
  expect(readFileSync(path, 'utf8')).toBe(`[\n  "${text(1)}"\n]\n`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, 'serf'))).toEqual(['local.keyring'])
})

test('a file goes before the key of the setting', () => {
  openKeyring(path, key(1))
  expect(openKeyring(path, key(2)).list()).toEqual([text(1)])
  expect(openKeyring(path, undefined).list()).toEqual([text(1)])
})

test('without a file and a key there is no encryption, and no file', () => {
  expect(openKeyring(path, undefined).enabled).toBe(false)
  expect(existsSync(path)).toBe(false)
})

test('every change is on disk before it is made, primary key first', () => {
  const keyring = openKeyring(path, key(1))
  keyring.install(key(2))
  expect(stored()).toEqual([text(1), text(2)])
  keyring.use(key(2))
  expect(stored()).toEqual([text(2), text(1)])
  keyring.remove(key(1))
  expect(stored()).toEqual([text(2)])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(openKeyring(path, undefined).list()).toEqual([text(2)])
})

test('what a power cut left of a write is no trouble', () => {
  const keyring = openKeyring(path, key(1))
  writeFileSync(`${path}.tmp`, '["half')
  chmodSync(`${path}.tmp`, 0o644)
  keyring.install(key(2))
  expect(stored()).toEqual([text(1), text(2)])
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a change that cannot be written is not made, and says why', () => {
  const keyring = openKeyring(path, key(1))
  rmSync(path)
  mkdirSync(path)
  expect(() => keyring.install(key(2))).toThrow(/^The keyring could not be written to .*local\.keyring: .*; make room/)
  expect(keyring.list()).toEqual([text(1)])
})

describe('a file that cannot be used stops the start:', () => {
  test.for([
    ['', /local\.keyring is no JSON: .*; correct it, or remove it/],
    ['{"a": 1}', /is no list of keys/],
    ['[1]', /is no list of keys/],
    ['[]', /has no keys/],
    ['["abc"]', /local\.keyring: illegal base64 data at input byte 0/],
    [`["${text(1)}", "AAAA"]`, /local\.keyring: a key has 16, 24 or 32 bytes, this one 3/],
    [`["${'A'.repeat(300_000)}"]`, /is too large for a keyring/],
  ] as const)('%s', ([content, message]) => {
    mkdirSync(join(folder, 'serf'))
    writeFileSync(path, content)
    expect(() => openKeyring(path, key(1))).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringMatching(message) }),
    )
  })

  test('a folder in its place', () => {
    mkdirSync(path, { recursive: true })
    expect(() => openKeyring(path, key(1))).toThrow(/cannot be read: EISDIR/)
  })

  test('no place to begin one', () => {
    writeFileSync(join(folder, 'serf'), '')
    expect(() => openKeyring(path, key(1))).toThrow(/ENOTDIR|EEXIST/)
  })
})

test('a key is read as people write it', () => {
  expect(readKey(text(1), 'encrypt')).toEqual(key(1))
  expect(() => readKey('pUqJrVyVRj5jsiYEkM', 'encrypt')).toThrow(
    'encrypt: illegal base64 data at input byte 16; proconsul keygen',
  )
  expect(() => readKey('', 'encrypt')).toThrow(
    'encrypt: a key has 16, 24 or 32 bytes, this one 0; proconsul keygen makes one',
  )
})
