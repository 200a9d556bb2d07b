import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatGoTime, parseGoTime, timeFromMs, timeToMs, zeroTime } from './go-time.ts'
import { message, time } from './schema.ts'

fc.configureGlobal({ seed: 8300, numRuns: 300 })

test.for([
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999999999Z',
  '2024-02-29T12:00:00.5Z',
  '2024-05-06T12:38:09.123456789+05:30',
  '2024-05-06T00:08:09-07:00',
])('%s is read and written', (text) => {
  const parsed = parseGoTime(text)
  expect(parsed && formatGoTime(parsed)).toBe(text)
})

test.for(['', 'now', '2024-02-30T00:00:00Z', '2024-13-01T00:00:00Z', '2024-01-01 00:00:00Z', '2024-01-01T00:00:00'])(
  '%j is no time',
  (text) => {
    expect(parseGoTime(text)).toBeUndefined()
  },
)

test('milliseconds go both ways', () => {
  expect(formatGoTime(timeFromMs(1_714_979_289_123))).toBe('2024-05-06T07:08:09.123Z')
  expect(timeToMs(timeFromMs(-1500))).toBe(-1500)
  expect(formatGoTime(zeroTime)).toBe('0001-01-01T00:00:00Z')
})

describe('on the wire', () => {
  const type = message(time())
  const valid = fc.record({
    unixSeconds: fc.integer({ min: -62_135_596_800, max: 253_000_000_000 }),
    nanos: fc.nat(999_999_999),
    offsetMinutes: fc.option(fc.integer({ min: 0, max: 840 })),
  })

  test('every time survives, also as JSON', () => {
    fc.assert(
      fc.property(valid, (value) => {
        expect(type.decode(type.encode(value))).toEqual(value)
        const shown = type.fromJson(JSON.parse(type.toJson(value)))
        expect({ ...shown, offsetMinutes: 0 }).toEqual({ ...value, offsetMinutes: 0 })
      }),
    )
  })

  test.for([
    ['another version', 'af020000000eddca78d9075bcd15ffff'],
    ['too few bytes', 'ae010000000eddca78d9075bcd15ff'],
    ['a year that JSON cannot show', 'af017fffffffffffffff075bcd15ffff'],
    ['more nanoseconds than a second has', 'af010000000eddca78d9ffffffffffff'],
    ['a zone that is weeks away', 'af010000000eddca78d9075bcd157fff'],
  ] as const)('%s is refused', ([, encoded]) => {
    expect(() => type.decode(Buffer.from(encoded, 'hex'))).toThrow('Malformed msgpack')
  })
})
