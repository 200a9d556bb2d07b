/** One question put to the value a selector leads to; `negated` turns the answer round. */
export interface Operator {
  readonly test: 'equal' | 'in' | 'empty' | 'matches'
  readonly negated: boolean
}

/** `Service.Meta["a b"]` is `['Service', 'Meta', 'a b']`; never empty. */
export type Selector = readonly string[]

/** A single comparison. `contains` reads as `in` with the sides exchanged; `value` is absent for emptiness only. */
export interface Match {
  readonly kind: 'match'
  readonly selector: Selector
  readonly operator: Operator
  readonly value?: string
}

/** What the parser gives. Chains of `and` and of `or` are flat, so only parentheses make the tree deep. */
export type Expression =
  | Match
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }

const operatorNames = {
  equal: ['Equal', 'Not Equal'],
  in: ['In', 'Not In'],
  empty: ['Is Empty', 'Is Not Empty'],
  matches: ['Matches', 'Not Matches'],
} as const

/** The name Consul's documentation and error texts give an operator, e.g. `Not Matches`. */
export function operatorName({ test, negated }: Operator): string {
  return operatorNames[test][negated ? 1 : 0]
}

/** `not not x` is `x`: pairs vanish, so a long row of them costs nothing later. */
export function negate(operand: Expression): Expression {
  return operand.kind === 'not' ? operand.operand : { kind: 'not', operand }
}
