import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonDecodeError } from '../errors.ts'
import { jsonDepthMax } from './cursor.ts'
import { diagnoseJson } from './diagnosis.ts'
import { parseJson } from './parse.ts'

fc.configureGlobal({ seed: 8300, numRuns: 300 })

describe('what is wrong is said in the words clients know', () => {
  test.for([
    ['', 'EOF'],
    ['  \n', 'EOF'],
    ['{', 'unexpected EOF'],
    ['{"Node":', 'unexpected EOF'],
    ['"abc', 'unexpected EOF'],
    ['tru', 'unexpected EOF'],
    ['-', 'unexpected EOF'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['nope', "invalid character 'o' in literal null (expecting 'u')"],
    ['truE', "invalid character 'E' in literal true (expecting 'e')"],
    ['{]', "invalid character ']' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['01', "invalid character '1' after top-level value"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ] as const)('%j', ([text, reason]) => {
    expect(diagnoseJson(Buffer.from(text))).toBe(reason)
    expect(() => parseJson(Buffer.from(text))).toThrow(`Request decode failed: ${reason}`)
  })

  test.for(['[', '{"a":', '[{"a":'])('also of %s, repeated 100,000 times', (opening) => {
    expect(() => parseJson(opening.repeat(100_000))).toThrow('Request decode failed: unexpected EOF')
  })

  test('an endpoint may introduce the reason in its own words', () => {
    expect(() => parseJson('{', { prefix: 'Failed to parse body: ' })).toThrow('Failed to parse body: unexpected EOF')
  })

  test('and something is found wrong with exactly the texts that the platform refuses', () => {
    const words = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      'true',
      'nul',
      '1',
      '-',
      '.5',
      'e3',
      ' ',
      '\u0007',
      'é',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 9 }), (parts) => {
        const text = parts.join('')
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        return (diagnoseJson(Buffer.from(text)) === 'invalid JSON') === valid
      }),
      { numRuns: 5000 },
    )
  })
})

describe('numbers keep their digits', () => {
  test('integers beyond 2^53 are bigints', () => {
    expect(
      parseJson('{"a":18446744073709551615,"b":[9007199254740993],"c":9007199254740991,"d":-9007199254740993}'),
    ).toEqual({
      a: 18446744073709551615n,
      b: [9007199254740993n],
      c: 9007199254740991,
      d: -9007199254740993n,
    })
  })

  test('fractions, exponents and absurd lengths stay doubles', () => {
    expect(parseJson(`[1.00000000000000000001, 1e30, ${'9'.repeat(400)}, ${'9'.repeat(40)}]`)).toEqual([
      1,
      1e30,
      Number.POSITIVE_INFINITY,
      1e40,
    ])
  })

  test('digits inside text are text', () => {
    expect(parseJson('"12345678901234567890"')).toBe('12345678901234567890')
  })
})

test('nesting is bounded', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  expect(() => parseJson(nested(jsonDepthMax))).not.toThrow()
  expect(() => parseJson(nested(jsonDepthMax + 1))).toThrow(JsonDecodeError)
  expect(() => parseJson(nested(200_000))).toThrow(JsonDecodeError)
})
