import type { Cursor } from './cursor.ts'
import { RegexpError } from './errors.ts'
import type { Pattern } from './syntax.ts'

/** The largest count in braces, also for counts within counts multiplied (RE2 syntax, "Implementation restriction"). */
const repeatMax = 1000

/** How often; `max` is Infinity when open. */
interface Bounds {
  readonly min: number
  readonly max: number
}

/** A repetition operator; `marked` when a question mark behind it swaps greedy and lazy. */
export interface Repetition extends Bounds {
  readonly marked: boolean
}

const braced = /\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/y

/** A repetition operator, its lazy mark included. Braces that hold no count are text, and undefined here. */
export function takeRepetition(cursor: Cursor): Repetition | undefined {
  const start = cursor.at
  const bounds = takeOperator(cursor)
  if (!bounds) return undefined
  const { min, max } = bounds
  if (min > repeatMax || (max > repeatMax && max !== Infinity) || min > max) {
    throw new RegexpError('invalid repeat count', cursor.since(start))
  }
  return { min, max, marked: cursor.take('?') }
}

function takeOperator(cursor: Cursor): Bounds | undefined {
  if (cursor.take('*')) return { min: 0, max: Infinity }
  if (cursor.take('+')) return { min: 1, max: Infinity }
  if (cursor.take('?')) return { min: 0, max: 1 }
  const braces = cursor.takeMatch(braced)
  if (!braces) return undefined
  const min = Number(braces[1])
  if (braces[2] === undefined) return { min, max: min }
  return { min, max: braces[3] === undefined ? Infinity : Number(braces[3]) }
}

/** `part` repeated; `swapped` makes lazy what is not marked, and greedy what is; `written` is the operator as it stands in the pattern. */
export function repeated(
  part: Pattern | undefined,
  { min, max, marked }: Repetition,
  swapped: boolean,
  written: string,
): Pattern {
  if (!part) throw new RegexpError('missing argument to repetition operator', written)
  const pattern: Pattern = { kind: 'repeat', part, min, max, lazy: marked !== swapped }
  if (!isSmallEnough(pattern, repeatMax)) throw new RegexpError('invalid repeat count', written)
  return pattern
}

/** Whether counts within counts stay below the limit when multiplied. */
function isSmallEnough(pattern: Pattern, limit: number): boolean {
  switch (pattern.kind) {
    case 'repeat': {
      if (pattern.max === 0) return true
      const times = pattern.max === Infinity ? pattern.min : pattern.max
      if (times > limit) return false
      return isSmallEnough(pattern.part, times > 0 ? Math.floor(limit / times) : limit)
    }
    case 'group':
      return isSmallEnough(pattern.part, limit)
    case 'sequence':
    case 'choice':
      return pattern.parts.every((part) => isSmallEnough(part, limit))
    default:
      return true
  }
}
