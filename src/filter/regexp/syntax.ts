import type { CharacterSet } from './character-set.ts'

/** A place in the text that consumes nothing. Words are ASCII, as in RE2. */
export type Place = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge'

/** A parsed pattern. Groups are counted from 1 as they open. `max` is Infinity for an open repetition. */
export type Pattern =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'group'; readonly part: Pattern; readonly index: number }
  | {
      readonly kind: 'repeat'
      readonly part: Pattern
      readonly min: number
      readonly max: number
      /** Prefers fewer times to more. */
      readonly lazy: boolean
    }
