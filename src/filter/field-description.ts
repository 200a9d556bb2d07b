/**
 * What a selector may reach and how it compares. `number` is a whole number of up to 64 bits; `texts` is a list of
 * text; a `map` has text keys and values of one kind; a `structs` selector holds when any element satisfies it.
 */
export type Field =
  | { readonly kind: 'text' | 'number' | 'bool' | 'texts' }
  | { readonly kind: 'map'; readonly values: Field }
  | { readonly kind: 'struct' | 'structs'; readonly fields: FieldDescription }

/** The selectable fields of a row by exact name; what is not listed cannot be filtered by. */
export type FieldDescription = Readonly<Record<string, Field>>

/** Which comparisons a kind supports; a struct itself supports none. */
export const testsOf = {
  text: ['equal', 'in', 'matches'],
  number: ['equal'],
  bool: ['equal'],
  texts: ['empty', 'in'],
  map: ['empty', 'in'],
  structs: ['empty'],
  struct: [],
} as const satisfies Record<Field['kind'], readonly string[]>
