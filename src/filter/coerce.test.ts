import { describe, expect, test } from 'vitest'
import { toBool, toInteger } from './coerce.ts'

describe('the value of a number field', () => {
  test.for<[string, bigint]>([
    ['0', 0n],
    ['80', 80n],
    ['-80', -80n],
    ['+80', 80n],
    ['0x1F', 31n],
    ['0B101', 5n],
    ['0o17', 15n],
    ['017', 15n],
    ['1_000', 1000n],
    ['0x_ff', 255n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
  ])('%s is read as Go reads it', ([text, expected]) => {
    expect(toInteger(text)).toBe(expected)
  })

  test.for(['', '-', '8x', '08', '0x', '1__0', '_1', '1_', '0.5', '1e3', ' 1', '٣'])('%j is no integer', (text) => {
    expect(toInteger(text)).toEqual({ refusal: `strconv.ParseInt: parsing "${text}": invalid syntax` })
  })

  test.for(['9223372036854775808', '-9223372036854775809', `1${'0'.repeat(60_000)}`, `0x${'f'.repeat(60_000)}`])(
    'that needs more than 64 bits is out of range',
    (text) => {
      expect(toInteger(text)).toEqual({ refusal: `strconv.ParseInt: parsing "${text}": value out of range` })
    },
  )

  test('may have any number of leading zeros after a prefix', () => {
    expect(toInteger(`0x${'0'.repeat(100)}1`)).toBe(1n)
    expect(toInteger(`0${'0'.repeat(100)}7`)).toBe(7n)
  })
})

describe('the value of a boolean field', () => {
  test.for(['1', 't', 'T', 'TRUE', 'true', 'True'])('%s is true', (text) => expect(toBool(text)).toBe(true))
  test.for(['0', 'f', 'F', 'FALSE', 'false', 'False'])('%s is false', (text) => expect(toBool(text)).toBe(false))
  test.for(['', 'yes', 'tRUE'])('%j is neither', (text) => {
    expect(toBool(text)).toEqual({ refusal: `strconv.ParseBool: parsing "${text}": invalid syntax` })
  })
})
