import { firstMatch } from './captures.ts'
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
  requireModest(pattern)
  const program = compileProgram(parsePattern(pattern), pattern)
  return { matches: (text) => search(program, text), steps: program.instructions.length }
}

export interface CapturingRegexp {
  /**
   * The first match in the text, and what each group of the pattern caught in it: '' for one that took no part. Of
   * several matches that begin there, the one that a search going back would find first, as in Go. Undefined without one.
   */
  capture(text: string): readonly string[] | undefined
}

/** The same for a pattern whose groups are wanted. */
export function compileCapturing(pattern: string): CapturingRegexp {
  requireModest(pattern)
  const program = compileProgram(parsePattern(pattern), pattern, true)
  return { capture: (text) => firstMatch(program, text) }
}

function requireModest(pattern: string): void {
  if (pattern.length > patternLengthMax) throw new RegexpError('expression too large', `${pattern.slice(0, 64)}…`)
}
