import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { goQuote, goUnquote } from './go-text.ts'

describe('quoting as Go does', () => {
  test.for([
    ['plain å 𝒳', '"plain å 𝒳"'],
    ['"\\`', '"\\"\\\\`"'],
    ['\x07\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['\0\x7f', '"\\x00\\x7f"'],
    ['\u200b\u{e0001}', '"\\u200b\\U000e0001"'],
  ] as const)('%j', ([text, quoted]) => expect(goQuote(text)).toBe(quoted))

  test('and unquoting gives the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(goUnquote(goQuote(text))).toBe(text)
      }),
    )
  })
})

describe('unquoting', () => {
  test.for([
    ['`a\\n\r\n"`', 'a\\n\n"'],
    ['"\\101\\x41\\u0041\\U00000041"', 'AAAA'],
    ['"\\xff\\377"', '\ufffd\ufffd'],
  ] as const)('%j', ([literal, text]) => expect(goUnquote(literal)).toBe(text))

  test.for(['"\\q"', '"\\\'"', '"\\"', '"\\x4"', '"\\400"', '"\\ud800"', '"\\U00110000"', '"a\nb"'])(
    'refuses %j',
    (literal) => expect(goUnquote(literal)).toBeUndefined(),
  )
})
