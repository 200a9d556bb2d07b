import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binaryFromUtf8, doubleJson, floatJson, indentJson, quoteJson, quoteJsonBytes, utf8FromBinary } from './text.ts'

fc.configureGlobal({ seed: 8300, numRuns: 300 })

describe('text is escaped as Go does', () => {
  test.for([
    ['plain', '"plain"'],
    ['"\\', '"\\"\\\\"'],
    ['<a href="x">&', '"\\u003ca href=\\"x\\"\\u003e\\u0026"'],
    ['\n\r\t', '"\\n\\r\\t"'],
    ['\b\f\u0000\u001f\u007f', '"\\u0008\\u000c\\u0000\\u001f\u007f"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['é😀', '"é😀"'],
    ['\ud800x', '"\\ufffdx"'],
  ] as const)('%j', ([text, json]) => {
    expect(quoteJson(text)).toBe(json)
  })

  test('and comes back the same', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => JSON.parse(quoteJson(text)) === text.toWellFormed()))
  })
})

describe('bytes are shown as UTF-8', () => {
  test.for([
    ['\xc3\xa9', '"é"'],
    ['\xf0\x9f\x98\x80', '"😀"'],
    ['\xff', '"\\ufffd"'],
    ['\xe2\x82', '"\\ufffd\\ufffd"'],
    ['\xc0\xaf', '"\\ufffd\\ufffd"'],
    ['\xed\xa0\x80', '"\\ufffd\\ufffd\\ufffd"'],
    ['\xf4\x90\x80\x80', '"\\ufffd\\ufffd\\ufffd\\ufffd"'],
    ['\xe2\x82a', '"\\ufffd\\ufffda"'],
    ['\xef\xbf\xbd', '"\ufffd"'],
  ] as const)('%j', ([bytes, json]) => {
    expect(quoteJsonBytes(bytes)).toBe(json)
  })

  test('every text survives the way through bytes', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => utf8FromBinary(binaryFromUtf8(text)) === text))
  })

  test('valid sequences are those of the platform decoder', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 6 }), (bytes) => {
        const ours = utf8FromBinary(Buffer.from(bytes).toString('latin1'), '\udfff')
        let theirs: string | undefined
        try {
          theirs = strict.decode(bytes)
        } catch {
          theirs = undefined
        }
        return theirs === undefined ? ours.includes('\udfff') : ours === theirs
      }),
      { numRuns: 3000 },
    )
  })
})

describe('numbers', () => {
  test.for([
    [0, '0'],
    [-0, '-0'],
    [1e-5, '0.00001'],
    [1e-7, '1e-7'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [0.1, '0.1'],
  ] as const)('%d as a double', ([value, json]) => {
    expect(doubleJson(value)).toBe(json)
  })

  test('a 32-bit float has the shortest digits that name it', () => {
    expect(floatJson(Math.fround(0.1))).toBe('0.1')
    expect(floatJson(Math.fround(33.3333))).toBe('33.3333')
    expect(floatJson(-0)).toBe('-0')
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        return Object.is(Math.fround(Number(floatJson(value))), value)
      }),
    )
  })

  test('one that is not finite is a bug', () => {
    expect(() => doubleJson(Number.NaN)).toThrow('not finite')
  })
})

test('indented JSON is that of a four-space stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => indentJson(JSON.stringify(value)) === JSON.stringify(value, null, 4)),
  )
})
