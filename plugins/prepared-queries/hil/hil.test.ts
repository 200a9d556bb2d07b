// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HIL's interpolations look like that
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateHil, HilEvaluationError } from './evaluate.ts'
import { HilSyntaxError, parseHil } from './parse.ts'

const scope = {
  variables: { 'name.full': 'geo-web', 'agent.segment': '' },
  functions: {
    match: { args: ['int'] as const, call: ([group]: readonly { value: unknown }[]) => `<${String(group!.value)}>` },
  },
}

const filled = (source: string) => evaluateHil(parseHil(source), scope)

describe('a template', () => {
  test.for<[string, string]>([
    ['plain', 'plain'],
    ['', ''],
    ['a $ b', 'a $ b'],
    ['$${name.full}', '${name.full}'],
    ['${name.full}', 'geo-web'],
    ['x-${ name.full }-${agent.segment}-y', 'x-geo-web--y'],
    ['${match(1)}', '<1>'],
    ['${match("2")}', '<2>'],
    ['${match(1 + 2 * 3)}', '<7>'],
    ['${match((1 + 2) * 3)}', '<9>'],
    ['${7 / 2} ${7 % 4} ${-3} ${7.0 / 2}', '3 3 -3 3.5'],
    ['${"quoted ${name.full} \\"x\\" \\\\ \\n"}', 'quoted geo-web "x" \\ \n'],
    ['${name.full == "geo-web" ? "yes" : "no"}', 'yes'],
    ['${name.full != "geo-web" ? "yes" : "no"}', 'no'],
    ['${1 < 2 && !false || 1 >= 2}', 'true'],
    ['${true ? 1 : "b"}', '1'],
    ['${1 <= 1}${2 > 1}', 'truetrue'],
    ['{ not } it', '{ not } it'],
  ])('%s is %s', ([source, expected]) => {
    expect(filled(source)).toBe(expected)
  })

  test.for<[string, string]>([
    ['${', 'parse error at 1:3: it ends too early'],
    ['${name.full', 'parse error at 1:12: expected }'],
    ['${match(}', 'parse error at 1:9: expected an expression'],
    ['a\nb ${"x', 'parse error at 2:7: a text has no closing quote'],
    ['${"a\nb"}', 'parse error at 1:5: a text between quotes ends with its line'],
    ['${"\\q"}', 'parse error at 1:4: unknown escape'],
    [`\${${'('.repeat(200)}1`, 'nests too deeply'],
    ['${12345678901234567890}', 'a number is too large'],
  ])('%s cannot be read', ([source, problem]) => {
    expect(() => parseHil(source)).toThrow(HilSyntaxError)
    expect(() => parseHil(source)).toThrow(problem)
  })

  test.for<[string, string]>([
    ['${name.other}', 'unknown variable accessed: name.other'],
    ['${toString}', 'unknown variable accessed: toString'],
    ['${upper("a")}', 'unknown function called: upper'],
    ['${match()}', 'match: expected 1 arguments, got 0'],
    ['${match("x")}', '"x" is no number'],
    ['${1 / 0}', 'divide by zero'],
    ['${!"maybe"}', '"maybe" is neither true nor false'],
    ['${true ? "a" : name.other}', 'unknown variable accessed: name.other'],
  ])('%s makes no sense', ([source, problem]) => {
    expect(() => filled(source)).toThrow(HilEvaluationError)
    expect(() => filled(source)).toThrow(problem)
  })

  test('is filled in or refused, whatever stands in it', () => {
    const piece = fc.constantFrom(
      '${',
      '}',
      '"',
      '\\',
      '(',
      ')',
      'match',
      'name.full',
      '1',
      '+',
      '-',
      '?',
      ':',
      ' ',
      '!',
      '$$',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }), (pieces) => {
        try {
          expect(typeof filled(pieces.join(''))).toBe('string')
        } catch (error) {
          expect(error instanceof HilSyntaxError || error instanceof HilEvaluationError).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
