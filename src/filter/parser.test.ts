import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FilterError } from './errors.ts'
import { expressionLengthMax, nestingMax, parseExpression } from './parser.ts'
import type { Expression, Match, Operator } from './syntax.ts'

const equal: Operator = { test: 'equal', negated: false }
const isIn: Operator = { test: 'in', negated: false }
const match = (selector: string[], operator: Operator, value?: string): Match =>
  value === undefined ? { kind: 'match', selector, operator } : { kind: 'match', selector, operator, value }

describe('an expression', () => {
  test.for<[string, Expression]>([
    ['Port==80', match(['Port'], equal, '80')],
    ['Port != -1', match(['Port'], { test: 'equal', negated: true }, '-1')],
    ['Load == 0.25', match(['Load'], equal, '0.25')],
    ['Name == web', match(['Name'], equal, 'web')],
    ['Name == a.b["c d"].e', match(['Name'], equal, 'a.b.c d.e')],
    ['Name == "say \\u0041\\t\\x42\\103"', match(['Name'], equal, 'say A\tBC')],
    ['Name == "\\xc3\\xa5"', match(['Name'], equal, 'å')],
    ['Name == `a"\\d`', match(['Name'], equal, 'a"\\d')],
    ['prod in Tags', match(['Tags'], isIn, 'prod')],
    ['80 not in Ports', match(['Ports'], { test: 'in', negated: true }, '80')],
    ['Tags contains prod', match(['Tags'], isIn, 'prod')],
    ['Tags not contains "a b"', match(['Tags'], { test: 'in', negated: true }, 'a b')],
    ['Tags is empty', match(['Tags'], { test: 'empty', negated: false })],
    ['Tags is  not\tempty', match(['Tags'], { test: 'empty', negated: true })],
    ['Node matches `^w`', match(['Node'], { test: 'matches', negated: false }, '^w')],
    ['Node not matches "^w"', match(['Node'], { test: 'matches', negated: true }, '^w')],
    ['Service.Meta["a b"][ `c` ] == x', match(['Service', 'Meta', 'a b', 'c'], equal, 'x')],
    [' \r\n( a == 1 )\t', match(['a'], equal, '1')],
    ['not not a == 1', match(['a'], equal, '1')],
    ['not not not a == 1', { kind: 'not', operand: match(['a'], equal, '1') }],
    ['not (not a == 1)', match(['a'], equal, '1')],
    ['not == 1', match(['not'], equal, '1')],
    ['nothing == or', match(['nothing'], equal, 'or')],
  ])('%s reads as it should', ([text, expected]) => {
    expect(parseExpression(text)).toEqual(expected)
  })

  test('binds not before and, and before or, and parentheses before all', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => match([name], equal, '1')) as [Match, Match, Match]
    expect(parseExpression('a == 1 or not b == 1 and c == 1')).toEqual({
      kind: 'or',
      operands: [a, { kind: 'and', operands: [{ kind: 'not', operand: b }, c] }],
    })
    expect(parseExpression('(a == 1 or b == 1) and (c == 1)')).toEqual({
      kind: 'and',
      operands: [{ kind: 'or', operands: [a, b] }, c],
    })
  })
})

describe('a faulty expression', () => {
  const operand = '"(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]'
  test.for<[string, string]>([
    ['Name == "ab', '1:12 (11): rule "string": Unterminated string literal'],
    ['Name == `ab', '1:12 (11): rule "string": Unterminated string literal'],
    ['Name == "\\q"', '1:9 (8): rule "string": invalid syntax'],
    ['Port == 8x', '1:10 (9): rule "number": Invalid number literal'],
    ['Meta[8] == x', '1:6 (5): rule "index": Invalid index'],
    ['x in Meta["a"', '1:14 (13): rule "index": Unclosed index expression'],
    ['Meta["a" == 3', '1:10 (9): rule "index": Unclosed index expression'],
    ['x in 32', '1:6 (5): rule "match": Invalid selector'],
    ['(Port == 4', '1:11 (10): rule "grouping": Unmatched parentheses'],
    ['32 == 32', '1:4 (3): no match found, expected: "in", "not" or [ \\t\\r\\n]'],
    ['x in Tags abc', '1:11 (10): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
    ['x in Tags and ', `1:15 (14): no match found, expected: ${operand}`],
    ['', `1:1 (0): no match found, expected: ${operand}`],
    ['\n\n =', `3:2 (3): no match found, expected: ${operand}`],
    ['Name == "å"\n=', '2:1 (13): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'],
    ['not(a == 1)', '1:4 (3): no match found, expected: "!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]'],
    ['Meta["a', '1:8 (7): rule "string": Unterminated string literal\n1:6 (5): rule "index": Invalid index'],
  ])('%j is refused with place and reason', ([text, reason]) => {
    expect(() => parseExpression(text)).toThrow(new FilterError(reason))
  })

  test('that is too long or too deep is refused by name', () => {
    expect(() => parseExpression(' '.repeat(expressionLengthMax + 1))).toThrow(/65537 characters, more than the 65536/)
    expect(parseExpression(nested(nestingMax))).toEqual(match(['a'], equal, '1'))
    expect(() => parseExpression(nested(nestingMax + 2))).toThrow(/nested more than 200 deep/)
  })
})

describe('the parser', () => {
  test('reads back what was written from a tree', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(parseExpression(write(expression))).toEqual(expression)
      }),
      { numRuns: 500 },
    )
  })

  test('answers any text with a tree or a FilterError', () => {
    const pieces = fc.constantFrom(
      ...['a', 'not', 'and', 'or', 'in', 'is', 'empty', 'contains', 'matches', ' ', '\n', '(', ')', '[', ']', '"', '`'],
      ...['==', '!=', '.', '-', '0', '7', '\\', 'å', '𝒳', '\0'],
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseExpression(text)
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test.for([
    ['open parentheses', '('.repeat(nestingMax)],
    ['parentheses that close', nested(nestingMax)],
    ['a row of nots', 'not '.repeat(16_000)],
    ['a long chain', Array(5_000).fill('a == 1').join(' or ')],
    ['a long selector', `a${'.a'.repeat(30_000)}`],
    ['long blanks under many parentheses', `${'('.repeat(150)}a == 1${' '.repeat(60_000)})`],
    ['a long unfinished text', `a == "${'x'.repeat(60_000)}`],
    ['open brackets', 'a['.repeat(30_000)],
  ] as const)('comes to an end with %s', ([, text]) => {
    // Were each level of parentheses tried afresh for every alternative, the first two would not end.
    try {
      parseExpression(text)
    } catch (error) {
      expect(error).toBeInstanceOf(FilterError)
    }
  })
})

function nested(depth: number): string {
  return `${'('.repeat(depth)}a == 1${')'.repeat(depth)}`
}

const identifiers = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,6}$/)
const keys = fc.string({ unit: 'grapheme', maxLength: 6 }).filter((key) => !/["\\`\n\r]/.test(key))
const matches: fc.Arbitrary<Match> = fc
  .record({
    first: identifiers,
    rest: fc.array(keys, { maxLength: 2 }),
    test: fc.constantFrom('equal', 'in', 'empty', 'matches'),
    negated: fc.boolean(),
    value: keys,
  })
  .map(({ first, rest, test, negated, value }) =>
    match([first, ...rest], { test, negated }, test === 'empty' ? undefined : value),
  )
const expressions: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression; match: Match; not: Expression }>((tie) => ({
  match: matches,
  not: tie('tree')
    .filter(({ kind }) => kind !== 'not')
    .map((operand) => ({ kind: 'not', operand })),
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tie('match'),
    tie('not'),
    fc.record({ kind: fc.constantFrom('and', 'or'), operands: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
  ),
})).tree

function write(expression: Expression): string {
  switch (expression.kind) {
    case 'not':
      return `not (${write(expression.operand)})`
    case 'match':
      return writeMatch(expression)
    default:
      return expression.operands.map((operand) => `(${write(operand)})`).join(` ${expression.kind} `)
  }
}

function writeMatch({ selector: [first, ...rest], operator: { test, negated }, value }: Match): string {
  const selector = `${first}${rest.map((key) => `["${key}"]`).join('')}`
  const not = negated ? 'not ' : ''
  if (test === 'equal') return `${selector} ${negated ? '!=' : '=='} "${value}"`
  if (test === 'empty') return `${selector} is ${not}empty`
  if (test === 'matches') return `${selector} ${not}matches \`${value}\``
  return selector.length % 2 === 0 ? `${selector} ${not}contains "${value}"` : `"${value}" ${not}in ${selector}`
}
