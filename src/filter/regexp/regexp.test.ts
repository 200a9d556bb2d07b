import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { programSizeMax } from './program.ts'
import { compileRegexp, patternLengthMax, RegexpError } from './regexp.ts'

describe('a pattern', () => {
  test.for([
    ['', 'anything', []],
    ['eb', 'web', ['e', 'b']],
    ['^web$', 'web', ['web1', 'aweb', 'web\n']],
    ['(?m)^web$', 'a\nweb\nb', ['a web']],
    ['\\Aweb\\z', 'web', ['web\n']],
    ['a.c', 'abc', ['a\nc', 'ac']],
    ['(?s)a.c', 'a\nc', ['ac']],
    ['^.$', '𝒳', ['ab', '']],
    ['^(web|db)-[0-9]+$', 'db-12', ['db-', 'kv-1']],
    ['^a*b?$', 'aab', ['abb']],
    ['^a+?$', 'aaa', ['']],
    ['^(ab){2,3}$', 'abab', ['ab', 'abababab']],
    ['^a{2,}$', 'aaa', ['a']],
    ['^a{2}$', 'aa', ['a', 'aaa']],
    ['^a{0}b$', 'b', ['ab']],
    ['^a{,2}$', 'a{,2}', ['aa']],
    ['^a{01}$', 'a{01}', ['a']],
    ['^(a*)*$', 'aaa', ['b']],
    ['^(|a)+$', '', ['b']],
    ['^[a-c-]$', '-', ['d']],
    ['^[]a]$', ']', ['b']],
    ['^[^]a]$', 'b', [']', 'a']],
    ['^[^a]$', '\n', ['a']],
    ['^[\\d.-]+$', '1.2-3', ['a']],
    ['^[\\]\\\\^]$', '\\', ['a']],
    ['^[[:alpha:]_][[:^space:]]$', 'a1', ['1a', 'a ']],
    ['^[[:word:]\\-]+$', 'a-1_', ['a.']],
    ['^\\w\\W\\s\\S\\d\\D$', 'a- a1b', ['a-  1b']],
    ['^\\s$', '\f', ['\v', '\u00a0']],
    ['\\bweb\\b', 'a web.', ['webs', '1web']],
    ['\\Beb', 'web', ['eb']],
    ['^\\Q.*\\E+$', '.**', ['ab']],
    ['^\\Qa|b', 'a|b', ['a']],
    ['^\\x41\\x{42}\\103\\.\\_\\t$', 'ABC._\t', ['ABC._ ']],
    ['^\\pL\\p{Greek}\\P{Lu}\\p{^Nd}$', 'äλaa', ['äλAa', 'älaa']],
    ['^\\p{Any}$', '\0', []],
    ['^(?i)web$', 'WeB', ['we']],
    ['^(?i)k$', '\u212a', ['x']],
    ['^(?i:W)eb$', 'web', ['wEb']],
    ['^(?i)w(?-i)eb$', 'Web', ['WEb']],
    ['^(?i)[a-c]$', 'B', ['d']],
    ['^(?i)[^a-c]$', 'd', ['B', 'b']],
    ['^(a(?i)b)c$', 'aBc', ['aBC', 'Abc']],
    ['^(?P<name>a)(?:b)(c)$', 'abc', ['ab']],
    ['^(?U)a+$', 'aa', ['b']],
    ['^()$', '', ['a']],
  ] as const)('%s finds %j, not %j', ([pattern, found, missed]) => {
    const { matches } = compileRegexp(pattern)
    expect(matches(found)).toBe(true)
    expect(missed.filter(matches)).toEqual([])
  })

  test('that JavaScript reads the same way finds the same', () => {
    const atoms = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\b', '^', '$')
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        atoms,
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
        fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '*?')).map(([a, op]) => `(${a})${op}`),
      ),
    }))
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, texts, (source, text) => {
        expect(compileRegexp(source).matches(text)).toBe(new RegExp(source).test(text))
      }),
      { numRuns: 1_000 },
    )
  })

  test('that makes a matcher go back without end takes a step per character here', () => {
    expect(compileRegexp('^(a+)+$').matches(`${'a'.repeat(20_000)}b`)).toBe(false)
    expect(compileRegexp('^(a|a)*$').matches(`${'a'.repeat(20_000)}b`)).toBe(false)
    expect(compileRegexp('(x+x+)+y').matches('x'.repeat(20_000))).toBe(false)
  })
})

describe('a faulty pattern', () => {
  test.for([
    ['(', 'missing closing ): `(`'],
    ['a(b', 'missing closing ): `a(b`'],
    ['a)', 'unexpected ): `a)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['b[', 'missing closing ]: `[`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['[[:foo:]]', 'invalid character class range: `[:foo:]`'],
    ['\\p{Foo}', 'invalid character class range: `\\p{Foo}`'],
    ['\\p{Alphabetic}', 'invalid character class range: `\\p{Alphabetic}`'],
    ['*', 'missing argument to repetition operator: `*`'],
    ['a|+?', 'missing argument to repetition operator: `+?`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{2}{3}', 'invalid nested repetition operator: `{2}{3}`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a{3,2}', 'invalid repeat count: `{3,2}`'],
    ['(a{100}){11}', 'invalid repeat count: `{11}`'],
    ['\\', 'trailing backslash at end of expression: ``'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['\\Z', 'invalid escape sequence: `\\Z`'],
    ['\\x{110000}', 'invalid escape sequence: `\\x{110000}`'],
    ['[a-\\d]', 'invalid escape sequence: `\\d`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(?!a)', 'invalid or unsupported Perl syntax: `(?!`'],
    ['(?<=a)', 'invalid or unsupported Perl syntax: `(?<`'],
    ['(?x)', 'invalid or unsupported Perl syntax: `(?x`'],
    ['(?P<a b>c)', 'invalid named capture: `(?P<a b>`'],
    ['(?P<a', 'invalid named capture: `(?P<a`'],
  ] as const)('%s is refused in the words of Go', ([pattern, reason]) => {
    expect(faultOf(pattern).message).toBe(`error parsing regexp: ${reason}`)
  })

  test('that is too large or too deep is refused', () => {
    expect(() => compileRegexp('a'.repeat(patternLengthMax + 1))).toThrow(/expression too large/)
    expect(compileRegexp('a{1000}').steps).toBe(1_001)
    expect(() => compileRegexp('a{1000}'.repeat(programSizeMax / 1_000))).toThrow(/expression too large/)
    expect(() => compileRegexp(`${'('.repeat(201)}a${')'.repeat(201)}`)).toThrow(/expression nests too deeply/)
    expect(compileRegexp(`${'('.repeat(200)}a${')'.repeat(200)}`).matches('a')).toBe(true)
  })

  test('is always a RegexpError', () => {
    const piece = fc.constantFrom(...'ab()[]{}*+?|^$.\\-:,<>P?imsU019pLQExzdw', '[:alpha:]', '(?', '\\p{', '𝒳', '\n')
    const patterns = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 20 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(patterns, fc.string({ unit: 'binary' }), (pattern, text) => {
        try {
          expect(compileRegexp(pattern).matches(text)).toBeTypeOf('boolean')
        } catch (error) {
          expect(error).toBeInstanceOf(RegexpError)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

function faultOf(pattern: string): RegexpError {
  try {
    compileRegexp(pattern)
  } catch (error) {
    if (error instanceof RegexpError) return error
    throw error
  }
  throw new Error(`${pattern} was not refused`)
}
