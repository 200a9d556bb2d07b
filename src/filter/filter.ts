import { toBool, toInteger } from './coerce.ts'
import { FilterError } from './errors.ts'
import { type Field, type FieldDescription, testsOf } from './field-description.ts'
import { goQuote } from './go-text.ts'
import { parseExpression } from './parser.ts'
import { Patterns } from './patterns.ts'
import { type Expression, type Match, type Operator, operatorName, type Selector } from './syntax.ts'
import { entry, isEmpty, isTrue, sameInteger, toList, toText } from './values.ts'

/** Decides about one row. Never throws: the expression was checked against the fields, and absent values read as zero. */
export type RowFilter = (row: unknown) => boolean

/**
 * Compiles a `?filter=` expression for rows of one shape. Rows are plain objects with Consul's field names. The empty
 * expression lets every row pass. Throws FilterError when the expression does not parse or does not fit the fields.
 */
export function compileFilter(expression: string, fields: FieldDescription): RowFilter {
  if (expression === '') return () => true
  return compile(parseExpression(expression), fields, new Patterns())
}

function compile(expression: Expression, fields: FieldDescription, patterns: Patterns): RowFilter {
  switch (expression.kind) {
    case 'not': {
      const operand = compile(expression.operand, fields, patterns)
      return (row) => !operand(row)
    }
    case 'and': {
      const operands = expression.operands.map((operand) => compile(operand, fields, patterns))
      return (row) => operands.every((operand) => operand(row))
    }
    case 'or': {
      const operands = expression.operands.map((operand) => compile(operand, fields, patterns))
      return (row) => operands.some((operand) => operand(row))
    }
    case 'match':
      return compileStruct(fields, expression, 0, patterns)
  }
}

/** `depth` counts the names of the selector that led to the value the filter is given. */
function compileStruct(fields: FieldDescription, match: Match, depth: number, patterns: Patterns): RowFilter {
  const name = match.selector[depth]!
  const field = Object.hasOwn(fields, name) ? fields[name]! : undefined
  if (!field) throw invalidSelector(match.selector, depth)
  const inner = compileField(field, match, depth + 1, patterns)
  return (struct) => inner(entry(struct, name))
}

function compileField(field: Field, match: Match, depth: number, patterns: Patterns): RowFilter {
  const key = match.selector[depth]
  if (key === undefined) return compileTest(field, match, patterns)
  switch (field.kind) {
    case 'struct':
      return compileStruct(field.fields, match, depth, patterns)
    case 'structs': {
      // Negated operators stand inside: `Checks.Status != passing` asks for one check that is not passing.
      const element = compileStruct(field.fields, match, depth, patterns)
      return (list) => toList(list).some(element)
    }
    case 'map': {
      const inner = compileField(field.values, match, depth + 1, patterns)
      const whenMissing = resultForMissingKey(match.operator)
      return (map) => {
        const value = entry(map, key)
        return value === undefined ? whenMissing : inner(value)
      }
    }
    default:
      throw invalidSelector(match.selector, depth)
  }
}

/**
 * A key that is not in the map equals nothing, is in nothing and is empty. That `matches` holds is how Consul 1.10
 * behaves, whatever the pattern; asking `"key" in Meta and Meta.key matches …` is what people mean.
 */
function resultForMissingKey({ test, negated }: Operator): boolean {
  if (test === 'matches') return true
  return (test === 'empty') !== negated
}

function compileTest(field: Field, { selector, operator, value }: Match, patterns: Patterns): RowFilter {
  const supported: readonly Operator['test'][] = testsOf[field.kind]
  if (!supported.includes(operator.test)) {
    const name = goQuote(operatorName(operator))
    throw new FilterError(`Invalid match operator ${name} for selector ${goQuote(selector.join('.'))}`)
  }
  const holds =
    operator.test === 'matches'
      ? patternTest(patterns, value ?? '')
      : positiveTest(field, operator.test, value ?? '', selector)
  return operator.negated ? (held) => !holds(held) : holds
}

function patternTest(patterns: Patterns, pattern: string): RowFilter {
  const regexp = patterns.compile(pattern)
  return (held) => regexp.matches(toText(held))
}

function positiveTest(
  field: Field,
  test: Exclude<Operator['test'], 'matches'>,
  value: string,
  selector: Selector,
): RowFilter {
  switch (test) {
    case 'empty':
      return isEmpty
    case 'in':
      if (field.kind === 'text') return (held) => toText(held).includes(value)
      if (field.kind === 'map') return (held) => entry(held, value) !== undefined
      return (held) => toList(held).includes(value)
    case 'equal': {
      if (field.kind === 'text') return (held) => toText(held) === value
      const wanted = field.kind === 'bool' ? toBool(value) : toInteger(value)
      if (typeof wanted === 'object') {
        const place = `value ${goQuote(value)} for selector ${goQuote(selector.join('.'))}`
        throw new FilterError(`Failed to coerce ${place}: ${wanted.refusal}`)
      }
      return typeof wanted === 'boolean' ? (held) => isTrue(held) === wanted : (held) => sameInteger(held, wanted)
    }
  }
}

function invalidSelector(selector: Selector, depth: number): FilterError {
  return new FilterError(`Selector ${goQuote(selector.slice(0, depth + 1).join('.'))} is not valid`)
}
