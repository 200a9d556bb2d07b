import type { CharacterSet } from './character-set.ts'

/** A place in the text that consumes nothing. Words are ASCII, as in RE2. */
export type Place = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge'

/**
 * A parsed pattern. Only whether a text matches is ever asked, so groups leave no trace and greediness is forgotten.
 * `max` is Infinity for an open repetition.
 */
export type Pattern =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number }
