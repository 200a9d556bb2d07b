import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commonPrefix, compareKeys, keyOf, keyPrefix, prefixEnd } from './keys.ts'

const text = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', '\ud800', '\uffff'), maxLength: 4 })

describe('keys', () => {
  test('order by their first part, then by the next', () => {
    const keys = [keyOf('web', 'b'), keyOf('web-2', 'a'), keyOf('web', 'a'), keyOf('we', 'z')]
    expect(keys.sort(compareKeys)).toEqual([
      keyOf('we', 'z'),
      keyOf('web', 'a'),
      keyOf('web', 'b'),
      keyOf('web-2', 'a'),
    ])
    expect(keyOf('web', 'a').startsWith(keyPrefix('web'))).toBe(true)
    expect(keyOf('web-2', 'a').startsWith(keyPrefix('web'))).toBe(false)
  })

  test('start with a prefix exactly when they lie between it and its end', () => {
    fc.assert(
      fc.property(text, text, (prefix, key) => {
        const end = prefixEnd(prefix)
        const between = compareKeys(prefix, key) <= 0 && (end === undefined || compareKeys(key, end) < 0)
        expect(between).toBe(key.startsWith(prefix))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('between two bounds start with what the bounds share', () => {
    fc.assert(
      fc.property(text, text, text, (low, key, high) => {
        fc.pre(low <= key && key < high)
        expect(key.startsWith(commonPrefix(low, high))).toBe(true)
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})
