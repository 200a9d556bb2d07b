import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatGoDuration, parseGoDuration } from './go-duration.ts'

fc.configureGlobal({ seed: 8300, numRuns: 300 })

describe('a duration in text', () => {
  test.for([
    ['0', 0],
    ['0s', 0],
    ['10s', 10e9],
    ['1h30m', 5400e9],
    ['1.5s', 1.5e9],
    ['.5s', 0.5e9],
    ['5.s', 5e9],
    ['1.001s', 1_001_000_000],
    ['0.000000001s', 1],
    ['-2m', -120e9],
    ['+1ms', 1e6],
    ['3us', 3000],
    ['3µs', 3000],
    ['3μs', 3000],
    ['7ns', 7],
    ['1h1m1s1ms1us1ns', 3_661_001_001_001],
    ['-0s', 0],
  ] as const)('%s', ([text, nanos]) => {
    expect(parseGoDuration(text)).toBe(nanos)
  })

  test.for([
    ['', 'time: invalid duration ""'],
    ['long', 'time: invalid duration "long"'],
    ['-', 'time: invalid duration "-"'],
    ['.s', 'time: invalid duration ".s"'],
    ['10', 'time: missing unit in duration "10"'],
    ['1.5', 'time: missing unit in duration "1.5"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1s ', 'time: unknown unit "s " in duration "1s "'],
    ['99999999h', 'time: invalid duration "99999999h"'],
  ] as const)('%j is refused in words clients know', ([text, problem]) => {
    expect(parseGoDuration(text)).toEqual({ problem })
  })
})

test.for([
  [0, '0s'],
  [1, '1ns'],
  [1500, '1.5µs'],
  [2e6, '2ms'],
  [1.5e9, '1.5s'],
  [60e9, '1m0s'],
  [3600e9, '1h0m0s'],
  [5_400_000_000_001, '1h30m0.000000001s'],
  [-10e9, '-10s'],
  [87_600 * 3600e9, '87600h0m0s'],
] as const)('%d ns is written %s', ([nanos, text]) => {
  expect(formatGoDuration(nanos)).toBe(text)
})

test('what is written is read back', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (nanos) => parseGoDuration(formatGoDuration(nanos)) === (nanos || 0)))
})
