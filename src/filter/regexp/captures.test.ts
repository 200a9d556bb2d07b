import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileCapturing, compileRegexp } from './regexp.ts'

describe('the groups of a pattern', () => {
  test.for<[pattern: string, text: string, caught: string[] | undefined]>([
    ['^geo-(.*?)-([^\\-]+?)$', 'geo-web-v1', ['geo-web-v1', 'web', 'v1']],
    ['^geo-(.*?)-([^\\-]+?)$', 'geo-web-api-v1', ['geo-web-api-v1', 'web-api', 'v1']],
    ['^geo-(.*)$', 'geo-', ['geo-', '']],
    ['^geo-(.*)$', 'other', undefined],
    ['(a+)(a*)', 'aaa', ['aaa', 'aaa', '']],
    ['(a+?)(a*)', 'aaa', ['aaa', 'a', 'aa']],
    ['(?U)(a+)(a*)', 'aaa', ['a', 'a', '']],
    ['(?U)(a+?)(a*)', 'aaa', ['aaa', 'aaa', '']],
    ['(a|ab)(c|bcd)', 'abcd', ['abcd', 'a', 'bcd']],
    ['(ab|a)(c|bcd)', 'abcd', ['abc', 'ab', 'c']],
    ['(a)|(b)', 'xb', ['b', '', 'b']],
    ['(?:x)(?P<name>y)', 'xy', ['xy', 'y']],
    ['(a|b)*', 'abba', ['abba', 'a']],
    ['(a{2,3}?)', 'aaa', ['aa', 'aa']],
    ['(a{2,3})', 'aaaa', ['aaa', 'aaa']],
    ['b+', 'abbb', ['bbb']],
    ['((a)(b))', 'ab', ['ab', 'ab', 'a', 'b']],
    ['(é)(😀)', 'xé😀', ['é😀', 'é', '😀']],
    ['^', 'a', ['']],
    ['(\\bfoo\\b)', 'a foo b', ['foo', 'foo']],
  ])('%s in %s', ([pattern, text, caught]) => {
    expect(compileCapturing(pattern).capture(text)).toEqual(caught)
  })

  test('are those that a matcher finds which goes back', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '(a)', '(b|a)', '(ab|a)', '(?:ba)')
    const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '*?', '+?', '??', '{1,2}')).map(([a, b]) => a + b)
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }).map((letters) => letters.join(''))
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        const expected = new RegExp(source).exec(subject)
        const caught = compileCapturing(source).capture(subject)
        expect(caught).toEqual(expected === null ? undefined : [...expected].map((it) => it ?? ''))
        expect(compileRegexp(source).matches(subject)).toBe(expected !== null)
      }),
      { numRuns: 500 },
    )
  })

  test('are found in time that grows with the text alone', () => {
    const { capture } = compileCapturing('(a*)*(a*)*(a*)*b')
    expect(capture('a'.repeat(5_000))).toBeUndefined()
  })
})
