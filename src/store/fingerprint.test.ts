import { expect, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'
import { kept, type Pair, pairs } from './naive.fixture.ts'
import { defineTable } from './table.ts'

test('a fingerprint follows from tables, unique indexes and command numbers, in any order', () => {
  const given = fingerprint([pairs, kept], [0, 7])
  expect(given).toMatch(/^[0-9a-f]{16}$/)
  expect(fingerprint([kept, pairs], [7, 0, 7])).toBe(given)

  const plain = defineTable({ name: 'pairs', key: (row: Pair) => row.Key })
  const indexed = (unique: boolean) =>
    defineTable({ name: 'pairs', key: (row: Pair) => row.Key, indexes: { byOwner: { key: () => '', unique } } })
  const others = [fingerprint([pairs], [0, 7]), fingerprint([pairs, kept], [0]), fingerprint([plain, kept], [0, 7])]
  expect(new Set([given, ...others]).size).toBe(4)
  // Indexes that only find rows do not count.
  expect(fingerprint([indexed(true), kept], [0, 7])).toBe(given)
  expect(fingerprint([indexed(false), kept], [0, 7])).toBe(fingerprint([plain, kept], [0, 7]))
})
