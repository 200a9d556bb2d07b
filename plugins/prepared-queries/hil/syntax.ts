/** A text with interpolations, `${…}`, as it was parsed (HIL, the language of HashiCorp's templates). */
export type Expression =
  /** Texts and values in a row: what a whole template is, and what stands between quotes. */
  | { readonly kind: 'output'; readonly parts: readonly Expression[] }
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expression }
  | {
      readonly kind: 'conditional'
      readonly condition: Expression
      readonly yes: Expression
      readonly no: Expression
    }

export type BinaryOperator = (typeof binaryOperators)[number][number]

/** By how tightly they bind, the loosest first. */
export const binaryOperators = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
] as const

export type Value =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }

export type ValueType = Value['type']
