import type { Scanner } from './scanner.ts'
import type { Operator } from './syntax.ts'

/** Words need blanks before, between and, when a value follows, after them; symbols need none. */
interface OperatorSyntax {
  readonly words: readonly string[]
  readonly symbol?: string
  readonly operator: Operator
}

export const beforeValue: readonly OperatorSyntax[] = [
  { words: [], symbol: '==', operator: { test: 'equal', negated: false } },
  { words: [], symbol: '!=', operator: { test: 'equal', negated: true } },
  { words: ['contains'], operator: { test: 'in', negated: false } },
  { words: ['not', 'contains'], operator: { test: 'in', negated: true } },
  { words: ['matches'], operator: { test: 'matches', negated: false } },
  { words: ['not', 'matches'], operator: { test: 'matches', negated: true } },
]
export const alone: readonly OperatorSyntax[] = [
  { words: ['is', 'empty'], operator: { test: 'empty', negated: false } },
  { words: ['is', 'not', 'empty'], operator: { test: 'empty', negated: true } },
]
export const afterValue: readonly OperatorSyntax[] = [
  { words: ['in'], operator: { test: 'in', negated: false } },
  { words: ['not', 'in'], operator: { test: 'in', negated: true } },
]

/** The first of `operators` that stands here, with the blanks it needs; undefined and not moved when none does. */
export function takeOperator(scan: Scanner, operators: readonly OperatorSyntax[]): Operator | undefined {
  const start = scan.at
  for (const { words, symbol, operator } of operators) {
    scan.at = start
    const found = symbol
      ? scan.optionalSpaces() && scan.literal(symbol) && scan.optionalSpaces()
      : words.every((word) => scan.spaces() && scan.literal(word)) && (operator.test === 'empty' || scan.spaces())
    if (found) return operator
  }
  scan.at = start
  return undefined
}
