import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitOutput, OutputTail } from './output.ts'

describe('an output', () => {
  test('that fits stays as it is', () => {
    expect(limitOutput('abc', 3)).toBe('abc')
  })

  test('that is longer says how much was kept', () => {
    expect(limitOutput('abcdefghijklmnopqrstuvwxyz', 10)).toBe('abcdefghij ... (captured 10 of 26 bytes)')
  })

  test('is never cut within a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 20 }), (text, limit) => {
        const [kept] = limitOutput(text, limit).split(' ... (captured ')
        expect(text.toWellFormed().startsWith(kept!)).toBe(true)
        expect(Buffer.byteLength(kept!)).toBeLessThanOrEqual(Math.max(limit, 0))
      }),
    )
  })
})

describe('the tail of an output', () => {
  test('is its last bytes, however they came', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 1, max: 60 }), (chunks, limit) => {
        const tail = new OutputTail(limit)
        for (const chunk of chunks) tail.add(Buffer.from(chunk))
        const all = Buffer.concat(chunks)
        expect(tail.text()).toBe(all.subarray(Math.max(0, all.length - limit)).toString())
        expect([tail.totalBytes, tail.truncated]).toEqual([all.length, all.length > limit])
      }),
    )
  })

  test('does not grow with what goes through it', () => {
    const tail = new OutputTail(4)
    for (let i = 0; i < 1000; i++) tail.add(Buffer.alloc(1024, String(i % 10)))
    expect(tail.text()).toBe('9999')
    expect(tail.totalBytes).toBe(1024 * 1000)
  })
})
