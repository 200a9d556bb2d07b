import type { CharacterSet } from './character-set.ts'
import { RegexpError } from './errors.ts'
import type { Pattern, Place } from './syntax.ts'

/**
 * One step of a nondeterministic machine; `next` and `other` are positions in the program, the better one first. A mark
 * notes the place in the text under its slot: two for each group, its start and its end.
 */
export type Instruction =
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: 'place'; readonly place: Place; readonly next: number }
  | { readonly kind: 'split'; readonly next: number; readonly other: number }
  | { readonly kind: 'mark'; readonly slot: number; readonly next: number }
  | { readonly kind: 'match' }

/** A match costs at most this many steps per character of text. `x{1000}` alone needs a thousand. */
export const programSizeMax = 2_000

export interface Program {
  readonly instructions: readonly Instruction[]
  readonly start: number
}

/**
 * Thompson's construction. Throws RegexpError when the pattern is too large; `source` is the pattern as written. Marks are
 * left out unless `marked`, as long as only whether a text matches is asked.
 */
export function compileProgram(pattern: Pattern, source: string, marked = false): Program {
  const instructions: Instruction[] = []
  const add = (instruction: Instruction): number => {
    if (instructions.length === programSizeMax) throw new RegexpError('expression too large', source)
    return instructions.push(instruction) - 1
  }

  // Each part is built knowing where it goes on, so a program grows from its end; only loops are closed afterwards.
  const build = (part: Pattern, next: number): number => {
    switch (part.kind) {
      case 'set':
        return add({ kind: 'set', set: part.set, next })
      case 'place':
        return add({ kind: 'place', place: part.place, next })
      case 'sequence':
        return part.parts.reduceRight((after, inner) => build(inner, after), next)
      case 'choice': {
        const starts = part.parts.map((inner) => build(inner, next))
        return starts.reduceRight((other, start) => add({ kind: 'split', next: start, other }))
      }
      case 'group': {
        if (!marked) return build(part.part, next)
        const end = add({ kind: 'mark', slot: 2 * part.index + 1, next })
        return add({ kind: 'mark', slot: 2 * part.index, next: build(part.part, end) })
      }
      case 'repeat':
        return buildRepeat(part, next)
    }
  }

  const buildRepeat = ({ part, min, max, lazy }: Extract<Pattern, { kind: 'repeat' }>, next: number): number => {
    const choice = (again: number): Instruction =>
      lazy ? { kind: 'split', next, other: again } : { kind: 'split', next: again, other: next }
    let start = next
    if (max === Infinity) {
      start = add(choice(next))
      instructions[start] = choice(build(part, start))
    } else {
      for (let times = min; times < max; times += 1) start = add(choice(build(part, start)))
    }
    for (let times = 0; times < min; times += 1) start = build(part, start)
    return start
  }

  const start = build(pattern, add({ kind: 'match' }))
  return { instructions, start }
}
