import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConfigObject, plainValue } from '../../kernel/config-tree.ts'
import { parseJson } from './json.ts'
import { ConfigSyntaxError, defaultSyntaxLimits } from './syntax.ts'

const bare = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('JSON configuration', () => {
  test('is the same tree as HCL, with null besides', () => {
    const text = '{"a": [1, -2.5e3, true, null, "x"], "b": {"c": "\\u00e4\\n\\/"}}'
    expect(bare(plainValue(parseJson(text, 'a.json')))).toEqual({ a: [1, -2500, true, null, 'x'], b: { c: 'ä\n/' } })
  })

  test('that is empty is an empty object', () => {
    expect(plainValue(parseJson('', 'a.json'))).toEqual({})
    expect(plainValue(parseJson(' \r\n\t', 'a.json'))).toEqual({})
    expect(plainValue(parseJson('\uFEFF{}', 'a.json'))).toEqual({})
  })

  test('of a key written twice takes the last', () => {
    expect(bare(plainValue(parseJson('{"a": {"x": 1}, "a": {"y": 2}}', 'a.json')))).toEqual({ a: { y: 2 } })
  })

  test('knows where keys and values were written', () => {
    const root = parseJson('{\n  "ports": {\n    "dns":  "x"\n  }\n}', 'a.json')
    expect(root.origin).toEqual({ file: 'a.json', line: 1, column: 1 })
    const dns = (root.entries.get('ports')!.value as ConfigObject).entries.get('dns')!
    expect(dns.keyOrigin).toEqual({ file: 'a.json', line: 3, column: 5 })
    expect(dns.value.origin).toEqual({ file: 'a.json', line: 3, column: 13 })
  })

  test('keeps the digits of a 64-bit integer, and replaces half characters', () => {
    expect(parseJson('{"n": 9223372036854775807}', '').entries.get('n')?.value).toMatchObject({
      literal: '9223372036854775807',
    })
    expect(plainValue(parseJson('{"s": "\\ud83d\\ude00 \\ud83d"}', ''))).toEqual({ s: '😀 \uFFFD' })
  })

  test('takes __proto__ as a key like any other', () => {
    const root = parseJson('{"__proto__": {"polluted": true}}', '')
    expect([...root.entries.keys()]).toEqual(['__proto__'])
    plainValue(root)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test.for<[string, string]>([
    ['[]', '1:1: "[" cannot stand here; a configuration is one object in { }'],
    ['{"a" 1}', '1:6: "1" cannot stand here; a colon must follow the key'],
    ['{a: 1}', '1:2: "a" cannot stand here; a key in double quotes is expected'],
    ['{"a": 1,}', '1:9: "}" cannot stand here; JSON has no comma after the last item; remove it'],
    ['{"a": [1 2]}', '1:10: "2" cannot stand here; a comma or ] is expected'],
    ['{"a": yes}', '1:7: "y" cannot stand here; a value is expected, text in double quotes'],
    ['{"a": 01}', '1:8: "1" cannot stand here; a comma or } is expected'],
    ['{"a": "x', '1:7: this string is never closed; end it with "'],
    ['{"a": "x\n"}', '1:7: this string is never closed; end it with "'],
    ['{"a": "\t"}', '1:8: control character 9 cannot stand here; write control characters as \\u and four digits'],
    ['{"a": "\\x"}', '1:8: there is no escape \\x; write \\\\ for a backslash'],
    ['{"a": "\\u12g4"}', '1:8: \\u needs 4 hexadecimal digits; write all of them'],
    ['{"a": 1', '1:8: the end of the text cannot stand here; a comma or } is expected'],
    ['{}\n{}', '2:1: "{" cannot stand here; nothing may follow the closing }'],
    ['# x', '1:1: "#" cannot stand here; a configuration is one object in { }'],
  ])('%j is refused at its place', ([text, message]) => {
    expect(() => parseJson(text, 'a.json')).toThrow(
      expect.objectContaining({ code: 'config_syntax', message: `a.json:${message}` }),
    )
  })

  test('is bounded in depth, length and length of a token', () => {
    expect(() => parseJson(`{"a": ${'['.repeat(100_000)}`, '')).toThrow('more than 64 levels deep')
    expect(() => parseJson('{"a":'.repeat(100_000), '')).toThrow('more than 64 levels deep')
    const limits = { ...defaultSyntaxLimits, textLength: 100, tokenLength: 10 }
    expect(() => parseJson(' '.repeat(101), '', limits)).toThrow('more than 100 characters')
    expect(() => parseJson('{"a": "123456789"}', '', limits)).toThrow('longer than the 10 characters')
    expect(() => parseJson('{"a": 12345678901}', '', limits)).toThrow('longer than the 10 characters')
  })

  test('reads whatever JSON.stringify prints, and nothing that JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 })), (value) => {
        for (const indent of [0, 2]) {
          const text = JSON.stringify(value, null, indent)
          expect(JSON.stringify(plainValue(parseJson(text, '')))).toBe(JSON.stringify(JSON.parse(text)))
        }
      }),
    )
    const seed = '{"a": [1, -2.5e3, true, null, "x\\u00e4"], "b": {"c": "d"}}'
    const damaged = fc
      .tuple(
        fc.nat(seed.length),
        fc.nat(5),
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...'{}[]":,\\\n0-.e')),
      )
      .map(([at, cut, put]) => seed.slice(0, at) + put + seed.slice(at + cut))
    fc.assert(
      fc.property(damaged, (text) => {
        let read: unknown
        try {
          read = bare(plainValue(parseJson(text, '')))
        } catch (error) {
          if (!(error instanceof ConfigSyntaxError)) throw error
          expect(isJsonObject(text), text).toBe(false)
          return
        }
        expect(read).toEqual(bare(JSON.parse(text)))
      }),
      { numRuns: 3000 },
    )
  })
})

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
