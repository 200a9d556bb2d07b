import { RegexpError } from './errors.ts'
import { search } from './machine.ts'
import { parsePattern } from './parser.ts'
import { compileProgram } from './program.ts'

export { RegexpError }

/** In characters. A pattern of this length seldom fits into a program anyway. */
export const patternLengthMax = 8_192

export interface Regexp {
  /** Whether the text contains a match; takes at most `steps` for each of its characters. */
  matches(text: string): boolean
  readonly steps: number
}

/**
 * Compiles a pattern in RE2 syntax, as Go's regexp package takes it. Matching takes time linear in the text for any
 * pattern. Throws RegexpError with Go's sentence.
 */
export function compileRegexp(pattern: string): Regexp {
  if (pattern.length > patternLengthMax) throw new RegexpError('expression too large', `${pattern.slice(0, 64)}…`)
  const program = compileProgram(parsePattern(pattern), pattern)
  return { matches: (text) => search(program, text), steps: program.instructions.length }
}
