import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KeyringPort } from '../serf/keyring-port.ts'
import { Keyring, noKeys } from './keyring.ts'
import { nonceBytes, seal, sealedBytes, sealOverheadBytes, unseal } from './seal.ts'

const key = (byte: number, sizeBytes = 16) => Buffer.alloc(sizeBytes, byte)
const text = (byte: number) => key(byte).toString('base64')

describe('a keyring', () => {
  test('is rotated by installing, using and removing', () => {
    const keyring: KeyringPort & Keyring = new Keyring([key(1)])
    keyring.install(key(2))
    expect(keyring.list()).toEqual([text(1), text(2)])
    keyring.use(key(2))
    expect(keyring.list()).toEqual([text(2), text(1)])
    expect(keyring.primary).toEqual(key(2))
    keyring.remove(key(1))
    expect(keyring.keys).toEqual([key(2)])
  })

  test('takes a key that is there, and the removal of one that is not, as done', () => {
    const keyring = new Keyring([key(1)])
    keyring.install(key(1))
    keyring.remove(key(9))
    expect(keyring.list()).toEqual([text(1)])
  })

  test.for([0, 1, 15, 17, 31, 33, 64])('refuses a key of %i bytes', (sizeBytes) => {
    expect(() => new Keyring([key(1)]).install(key(2, sizeBytes))).toThrow('key size must be 16, 24 or 32 bytes')
    expect(() => new Keyring([key(2, sizeBytes)])).toThrow('key size must be 16, 24 or 32 bytes')
  })

  test('refuses to use what it does not hold, and to remove the primary key', () => {
    const keyring = new Keyring([key(1), key(2)])
    expect(() => keyring.use(key(3))).toThrow('Requested key is not in the keyring')
    expect(() => keyring.remove(key(1))).toThrow('Removing the primary key is not allowed')
    expect(keyring.list()).toEqual([text(1), text(2)])
  })

  test('without keys refuses all changes: encryption does not begin by itself', () => {
    const keyring = new Keyring()
    expect({ enabled: keyring.enabled, keys: keyring.keys, primary: keyring.primary }).toEqual({
      enabled: false,
      ...noKeys,
    })
    for (const change of ['install', 'use', 'remove'] as const) {
      expect(() => keyring[change](key(1))).toThrow('Keyring is empty (encryption not enabled)')
    }
  })

  test('is as it was when a change cannot be kept', () => {
    const kept: string[][] = []
    const keyring = new Keyring([key(1)], (keys) => {
      if (kept.length === 1) throw new Error('disk full')
      kept.push([...keys])
    })
    keyring.install(key(2))
    expect(() => keyring.use(key(2))).toThrow('disk full')
    expect(keyring.list()).toEqual([text(1), text(2)])
    expect(kept).toEqual([[text(1), text(2)]])
  })

  test('copies its keys', () => {
    const mine = key(1)
    const keyring = new Keyring([mine])
    mine.fill(0)
    expect(keyring.primary).toEqual(key(1))
  })
})

describe('what is sealed', () => {
  const nonce = Buffer.alloc(nonceBytes, 5)
  const bound = Buffer.from('label')
  const plain = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))
  const version = fc.constantFrom(0 as const, 1 as const)
  const size = fc.constantFrom(16, 24, 32)

  test('comes back with any of the keys, and has the announced length', () => {
    fc.assert(
      fc.property(plain, version, size, (bytes, v, keyBytes) => {
        const sealed = seal(bytes, key(3, keyBytes), nonce, bound, v)
        expect(sealed).toHaveLength(sealedBytes(bytes.length, v))
        expect(sealed.length - bytes.length).toBeLessThanOrEqual(sealOverheadBytes[v])
        expect(unseal(sealed, [key(1), key(2, 32), key(3, keyBytes)], bound)).toEqual(bytes)
      }),
    )
  })

  test('is no use without the key, without what it is bound to, or with a bit changed', () => {
    fc.assert(
      fc.property(plain, version, fc.nat(), fc.integer({ min: 0, max: 7 }), (bytes, v, at, bit) => {
        const sealed = seal(bytes, key(3), nonce, bound, v)
        expect(unseal(sealed, [key(1)], bound)).toBeUndefined()
        expect(unseal(sealed, [], bound)).toBeUndefined()
        expect(unseal(sealed, [key(3)], Buffer.from('other'))).toBeUndefined()
        // All but the version in front, which is not authenticated (next test).
        sealed[1 + (at % (sealed.length - 1))]! ^= 1 << bit
        expect(unseal(sealed, [key(3)], bound)).toBeUndefined()
      }),
    )
  })

  test('by an older version may hold padding that is none; that is refused like a wrong key', () => {
    // A blob whose plaintext has no padding, passed off as version 0: the version is not authenticated.
    for (const last of [0, 17, 255, 7]) {
      const sealed = seal(Buffer.alloc(16, last), key(3), nonce, bound, 1)
      sealed[0] = 0
      const expected = last === 7 ? Buffer.alloc(9, 7) : undefined
      expect(unseal(sealed, [key(3)], bound)).toEqual(expected)
    }
  })

  test.for([0, 1, 28, 29, 44])('is refused when it has %i bytes only', (sizeBytes) => {
    for (const v of [0, 1, 2]) expect(unseal(Buffer.alloc(sizeBytes, v), [key(0)], bound)).toBeUndefined()
  })
})
