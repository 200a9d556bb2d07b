import type { BinaryOperator, Expression, Value, ValueType } from './syntax.ts'

/** A template that can be read and makes no sense: an unknown name, a text where a number is needed. */
export class HilEvaluationError extends Error {}

export interface Scope {
  readonly variables: Readonly<Record<string, string>>
  readonly functions: Readonly<Record<string, ScopeFunction>>
}

interface ScopeFunction {
  readonly args: readonly ValueType[]
  call(args: readonly Value[]): string
}

/** The text that a template stands for. Values become text where text is needed, as HIL does. Throws HilEvaluationError. */
export function evaluateHil(template: Expression, scope: Scope): string {
  return textOf(evaluate(template, scope))
}

function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'output':
      return text(expression.parts.map((part) => textOf(evaluate(part, scope))).join(''))
    case 'literal':
      return expression.value
    case 'variable':
      if (!Object.hasOwn(scope.variables, expression.name)) fail(`unknown variable accessed: ${expression.name}`)
      return text(scope.variables[expression.name]!)
    case 'call':
      return call(expression.name, expression.args, scope)
    case 'not':
      return { type: 'bool', value: !booleanOf(evaluate(expression.operand, scope)) }
    case 'negate': {
      const { type, value } = numberOf(evaluate(expression.operand, scope))
      return { type, value: -value }
    }
    case 'binary':
      return binary(expression.operator, evaluate(expression.left, scope), evaluate(expression.right, scope))
    case 'conditional': {
      // Both sides are looked at, so that a mistake in one shows whatever the condition is.
      const yes = evaluate(expression.yes, scope)
      const no = evaluate(expression.no, scope)
      const chosen = booleanOf(evaluate(expression.condition, scope)) ? yes : no
      return yes.type === no.type ? chosen : text(textOf(chosen))
    }
  }
}

function call(name: string, args: readonly Expression[], scope: Scope): Value {
  if (!Object.hasOwn(scope.functions, name)) fail(`unknown function called: ${name}`)
  const { args: types, call } = scope.functions[name]!
  if (args.length !== types.length) fail(`${name}: expected ${types.length} arguments, got ${args.length}`)
  return text(call(args.map((arg, at) => converted(evaluate(arg, scope), types[at]!))))
}

function binary(operator: BinaryOperator, left: Value, right: Value): Value {
  switch (operator) {
    case '||':
    case '&&': {
      const values = [booleanOf(left), booleanOf(right)]
      return { type: 'bool', value: operator === '||' ? values.some(Boolean) : values.every(Boolean) }
    }
    case '==':
    case '!=': {
      const same = left.value === converted(right, left.type).value
      return { type: 'bool', value: same === (operator === '==') }
    }
    default:
      return arithmetic(operator, numberOf(left), numberOf(right))
  }
}

function arithmetic(
  operator: Exclude<BinaryOperator, '||' | '&&' | '==' | '!='>,
  left: { readonly type: 'int' | 'float'; readonly value: number },
  right: { readonly type: 'int' | 'float'; readonly value: number },
): Value {
  const type = left.type === 'float' || right.type === 'float' ? 'float' : 'int'
  const [a, b] = [left.value, right.value]
  switch (operator) {
    case '<':
      return { type: 'bool', value: a < b }
    case '<=':
      return { type: 'bool', value: a <= b }
    case '>':
      return { type: 'bool', value: a > b }
    case '>=':
      return { type: 'bool', value: a >= b }
    case '+':
      return { type, value: a + b }
    case '-':
      return { type, value: a - b }
    case '*':
      return { type, value: a * b }
    case '/':
      if (type === 'int' && b === 0) fail('divide by zero')
      return { type, value: type === 'int' ? Math.trunc(a / b) : a / b }
    case '%':
      if (type === 'float') fail('the remainder is for whole numbers')
      if (b === 0) fail('divide by zero')
      return { type, value: a % b }
  }
}

function converted(value: Value, type: ValueType): Value {
  if (value.type === type) return value
  switch (type) {
    case 'string':
      return text(textOf(value))
    case 'bool':
      return { type, value: booleanOf(value) }
    case 'int':
      return { type, value: Math.trunc(numberOf(value).value) }
    case 'float':
      return { type, value: numberOf(value).value }
  }
}

function textOf(value: Value): string {
  return String(value.value)
}

function booleanOf(value: Value): boolean {
  if (value.type === 'bool') return value.value
  if (value.type === 'string' && ['true', '1', 't', 'T', 'TRUE', 'True'].includes(value.value)) return true
  if (value.type === 'string' && ['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value.value)) return false
  return fail(`${JSON.stringify(value.value)} is neither true nor false`)
}

function numberOf(value: Value): { readonly type: 'int' | 'float'; readonly value: number } {
  if (value.type === 'int' || value.type === 'float') return value
  if (value.type === 'string' && /^[+-]?\d{1,15}$/.test(value.value)) return { type: 'int', value: Number(value.value) }
  if (value.type === 'string' && /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value.value)) {
    return { type: 'float', value: Number(value.value) }
  }
  return fail(`${JSON.stringify(value.value)} is no number`)
}

function text(value: string): Value {
  return { type: 'string', value }
}

function fail(problem: string): never {
  throw new HilEvaluationError(problem)
}
