import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { lzwDecode, lzwEncode } from './lzw.ts'

const limitBytes = 1 << 22

/** Codes of 9 bits as a stream, for inputs that no encoder writes. */
function stream(...codes: number[]): Buffer {
  const bits = codes.flatMap((code) => Array.from({ length: 9 }, (_, i) => (code >> i) & 1))
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => {
    bytes[i >> 3]! |= bit << (i & 7)
  })
  return bytes
}

function noise(sizeBytes: number, alphabet = 256): Buffer {
  const random = seededRandom(sizeBytes)
  return Buffer.from(Array.from({ length: sizeBytes }, () => random.below(alphabet)))
}

describe('what was encoded decodes to the same bytes', () => {
  test.for([0, 1, 2, 254, 255, 256, 3836, 3837, 3838, 3839, 3840, 7676, 7677, 70_000])(
    '%i random bytes',
    (sizeBytes) => {
      const bytes = noise(sizeBytes)
      expect(lzwDecode(lzwEncode(bytes), limitBytes).equals(bytes)).toBe(true)
    },
  )

  test.for([1, 2, 3, 500, 5000, 1_000_000])('a run of %i equal bytes', (sizeBytes) => {
    const bytes = Buffer.alloc(sizeBytes, 'a')
    expect(lzwDecode(lzwEncode(bytes), limitBytes).equals(bytes)).toBe(true)
  })

  test('any bytes of a small alphabet', () => {
    const input = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6000 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(input, (bytes) => lzwDecode(lzwEncode(bytes), limitBytes).equals(bytes)),
      { numRuns: 200 },
    )
  })

  test('many times in a row, so that the table of known strings is used anew again and again', () => {
    const bytes = noise(600, 5)
    const first = lzwEncode(bytes)
    for (let i = 0; i < 5000; i++) if (!lzwEncode(bytes).equals(first)) throw new Error(`encoding ${i} differs`)
  })
})

test('an encoder starts with a clear code and ends with an end code', () => {
  expect(lzwEncode(Buffer.from('ab'))).toEqual(stream(256, 97, 98, 257))
})

test('a stream may lack the clear code in front', () => {
  expect(lzwDecode(stream(97, 258, 257), limitBytes).toString()).toBe('aaa')
})

test('a full table stays as it is until a clear code', () => {
  // An encoder that never clears: each code is a literal, so the table fills after 3838 of them and then stands still.
  const literals = noise(9000)
  const lastEntry = 4095
  const codes = [256, ...literals, lastEntry, 97, lastEntry, 257]
  const bits: number[] = []
  let hi = 257
  let width = 9
  for (const code of codes) {
    for (let i = 0; i < width; i++) bits.push((code >> i) & 1)
    if (code === 256) continue
    if (hi < lastEntry) hi++
    if (hi === 1 << width && width < 12) width++
  }
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => {
    bytes[i >> 3]! |= bit << (i & 7)
  })
  // The first literal makes no entry, the second makes 258.
  const completing = lastEntry - 257
  const entry = literals.subarray(completing - 1, completing + 1)
  expect(lzwDecode(bytes, limitBytes)).toEqual(Buffer.concat([literals, entry, Buffer.from('a'), entry]))
})

describe('a decoder refuses', () => {
  test('a stream without an end', () => {
    expect(() => lzwDecode(stream(256, 97), limitBytes)).toThrow('Malformed LZW stream: it is cut short')
    expect(() => lzwDecode(Buffer.alloc(0), limitBytes)).toThrow('it is cut short')
  })

  test.for([
    [256, 258, 257],
    [256, 97, 259, 257],
    [258, 257],
    [256, 97, 258, 256, 258, 257],
  ])('a code that stands for nothing yet: %j', (codes) => {
    expect(() => lzwDecode(stream(...codes), limitBytes)).toThrow('it has a code that means nothing')
  })

  test('more bytes than it may give, however few hold them', () => {
    const bomb = lzwEncode(Buffer.alloc(1_000_000))
    expect(bomb.length).toBeLessThan(3000)
    expect(() => lzwDecode(bomb, 999_999)).toThrow('it holds more than 999999 bytes')
    expect(lzwDecode(bomb, 1_000_000)).toHaveLength(1_000_000)
  })

  test('nothing else: any bytes decode or are refused with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          return lzwDecode(bytes, 10_000).length <= 10_000
        } catch (error) {
          return (error as { code?: string }).code === 'malformed_lzw'
        }
      }),
      { numRuns: 5000 },
    )
  })
})
