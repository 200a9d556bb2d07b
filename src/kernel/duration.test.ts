import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, formatDurationNs, parseDuration, parseDurationNs } from './duration.ts'

describe('a Go duration', () => {
  test.for([
    ['1h15m30.5s', 4_530_500],
    ['300ms', 300],
    ['10us', 0.01],
    ['10µs', 0.01],
    ['10μs', 0.01],
    ['-1.5h', -5_400_000],
    ['+5s', 5000],
    ['.5s', 500],
    ['5.s', 5000],
    ['0', 0],
    ['-0', 0],
    ['0s', 0],
    ['1ns', 0.000001],
    ['24h', 86_400_000],
  ] as const)('%s is %d ms', ([text, ms]) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.for(['', '-', '5', '1.5', 's', '.s', '5 s', ' 5s', '5S', '1d', '1h-5m', '--1s', '1e3s', '∞'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )

  test('fits into 64 bits of nanoseconds or is none', () => {
    expect(parseDurationNs('9223372036854775807ns')).toBe(2n ** 63n - 1n)
    expect(parseDurationNs('9223372036854775808ns')).toBeUndefined()
    expect(parseDurationNs('-9223372036854775808ns')).toBe(-(2n ** 63n))
    expect(parseDurationNs('2562048h')).toBeUndefined()
    expect(parseDurationNs(`${'9'.repeat(1_000_000)}s`)).toBeUndefined()
  })

  test.for([
    [0, '0s'],
    [1000, '1s'],
    [1500, '1.5s'],
    [10_000, '10s'],
    [100, '100ms'],
    [0.01, '10µs'],
    [0.000001, '1ns'],
    [60_000, '1m0s'],
    [3_600_000, '1h0m0s'],
    [4_530_500, '1h15m30.5s'],
    [-2500, '-2.5s'],
    [2.2, '2.2ms'],
  ] as const)('of %d ms prints as %s', ([ms, text]) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('survives printing and parsing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (durationNs) => {
        expect(parseDurationNs(formatDurationNs(durationNs))).toBe(durationNs)
      }),
    )
  })
})
