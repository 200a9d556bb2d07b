import { FilterError } from './errors.ts'
import { goQuote } from './go-text.ts'
import { compileRegexp, type Regexp, RegexpError } from './regexp/regexp.ts'

/** All patterns of one expression together cost at most this many steps for each character they look at. */
export const patternStepsMax = 2_000

/** The patterns of one expression, which share a budget: many that are small cost as much as one that is large. */
export class Patterns {
  #steps = 0

  compile(pattern: string): Regexp {
    const regexp = compileOne(pattern)
    this.#steps += regexp.steps
    if (this.#steps <= patternStepsMax) return regexp
    throw new FilterError(`Regular expressions need more than the ${patternStepsMax} steps allowed for one expression`)
  }
}

function compileOne(pattern: string): Regexp {
  try {
    return compileRegexp(pattern)
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error
    throw new FilterError(`Failed to compile regular expression ${goQuote(pattern)}: ${error.message}`, {
      cause: error,
    })
  }
}
