import { FilterError } from './errors.ts'
import { afterValue, alone, beforeValue, takeOperator } from './operators.ts'
import { Scanner } from './scanner.ts'
import { type Expression, type Match, negate } from './syntax.ts'
import { takeSelector, takeValue } from './terms.ts'

/** Far above what people write; the whole request line is smaller than this in practice. */
export const expressionLengthMax = 65_536
/** Parentheses are the only thing that nests, and each level costs a few stack frames here and in the evaluation. */
export const nestingMax = 200

/** Reads an expression. Throws FilterError with Consul's position and wording. */
export function parseExpression(text: string): Expression {
  if (text.length > expressionLengthMax) {
    throw new FilterError(`Expression has ${text.length} characters, more than the ${expressionLengthMax} allowed`)
  }
  return new Parser(text).parse()
}

type Parsed = { readonly expression: Expression; readonly end: number } | undefined

/**
 * The grammar as ordered alternatives, as the reference has it: an alternative that fails gives undefined with the
 * position restored, and the next one is tried. A group is tried in up to three ways at the same place, so what stands
 * inside is remembered by position; without that the time would triple with every parenthesis.
 */
class Parser {
  readonly #scan: Scanner
  readonly #groups = new Map<number, Parsed>()
  #depth = 0

  constructor(text: string) {
    this.#scan = new Scanner(text)
  }

  parse(): Expression {
    const scan = this.#scan
    const expression = this.#whole(() => this.#group()) ?? this.#whole(() => this.#or())
    if (!expression || scan.hasComplaints) throw scan.error()
    return expression
  }

  #whole(inner: () => Expression | undefined): Expression | undefined {
    const scan = this.#scan
    scan.at = 0
    scan.optionalSpaces()
    const expression = inner()
    return expression && scan.optionalSpaces() && scan.end() ? expression : undefined
  }

  #or(): Expression | undefined {
    return this.#chain('or', () => this.#chain('and', () => this.#not()))
  }

  #chain(kind: 'and' | 'or', operand: () => Expression | undefined): Expression | undefined {
    const scan = this.#scan
    const first = operand()
    if (!first) return undefined
    const operands = [first]
    for (;;) {
      const end = scan.at
      const next = scan.spaces() && scan.literal(kind) && scan.spaces() ? operand() : undefined
      if (!next) {
        scan.at = end
        return operands.length === 1 ? first : { kind, operands }
      }
      operands.push(next)
    }
  }

  /** `not` is also a fine name for a selector, so when nothing follows a run of them, the last is taken as one. */
  #not(): Expression | undefined {
    const scan = this.#scan
    const starts = [scan.at]
    while (scan.literal('not') && scan.spaces()) starts.push(scan.at)
    for (let nots = starts.length - 1; nots >= 0; nots -= 1) {
      scan.at = starts[nots]!
      const operand = this.#groupOrMatch()
      if (operand) return nots % 2 === 1 ? negate(operand) : operand
    }
    return undefined
  }

  #groupOrMatch(): Expression | undefined {
    const start = this.#scan.at
    const found = this.#group() ?? this.#match()
    if (found) return found
    if (this.#openedGroup()) this.#scan.complain('grouping', 'Unmatched parentheses')
    this.#scan.at = start
    return undefined
  }

  #group(): Expression | undefined {
    const start = this.#scan.at
    const expression = this.#openedGroup()
    if (expression && this.#scan.literal(')')) return expression
    this.#scan.at = start
    return undefined
  }

  #openedGroup(): Expression | undefined {
    const scan = this.#scan
    if (!scan.literal('(')) return undefined
    scan.optionalSpaces()
    const start = scan.at
    if (!this.#groups.has(start)) {
      if (this.#depth === nestingMax) throw new FilterError(`Parentheses are nested more than ${nestingMax} deep`)
      this.#depth += 1
      const expression = this.#or()
      this.#depth -= 1
      this.#groups.set(start, expression && { expression, end: scan.at })
    }
    const known = this.#groups.get(start)
    if (!known) return undefined
    scan.at = known.end
    scan.optionalSpaces()
    return known.expression
  }

  #match(): Match | undefined {
    const start = this.#scan.at
    const selectorFirst = this.#selectorFirst()
    if (selectorFirst) return selectorFirst
    this.#scan.at = start
    const valueFirst = this.#valueFirst()
    if (!valueFirst) this.#scan.at = start
    return valueFirst
  }

  #selectorFirst(): Match | undefined {
    const selector = takeSelector(this.#scan)
    if (!selector) return undefined
    const end = this.#scan.at
    const operator = takeOperator(this.#scan, beforeValue)
    const value = operator && takeValue(this.#scan)
    if (operator && value !== undefined) return { kind: 'match', selector, operator, value }
    this.#scan.at = end
    const emptiness = takeOperator(this.#scan, alone)
    return emptiness && { kind: 'match', selector, operator: emptiness }
  }

  #valueFirst(): Match | undefined {
    const value = takeValue(this.#scan)
    const operator = value === undefined ? undefined : takeOperator(this.#scan, afterValue)
    if (!operator) return undefined
    const selector = takeSelector(this.#scan)
    if (selector) return { kind: 'match', selector, operator, value: value! }
    this.#scan.complain('match', 'Invalid selector')
    return undefined
  }
}
