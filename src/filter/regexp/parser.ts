import { readBracket } from './bracket.ts'
import { anyButLineFeed, anyCharacter, type CharacterSet, characterSet, range, single } from './character-set.ts'
import { Cursor } from './cursor.ts'
import { RegexpError } from './errors.ts'
import { readEscapedCharacter, takeEscapedClass } from './escapes.ts'
import { repeated, takeRepetition } from './repetition.ts'
import type { Pattern, Place } from './syntax.ts'

/** Groups within groups; bounded because each level costs stack. */
export const groupDepthMax = 200

/** Reads RE2 syntax (github.com/google/re2, "Syntax") as Go accepts it. Throws RegexpError. */
export function parsePattern(source: string): Pattern {
  const parser = new Parser(source)
  return parser.parse()
}

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  /** Swaps greedy and lazy. */
  readonly U: boolean
}

const groupName = /P<([^>]*)>/y
const quoted = /\\Q(.*?)(?:\\E|$)/sy

class Parser {
  readonly #cursor: Cursor
  #flags: Flags = { i: false, m: false, s: false, U: false }
  #depth = 0
  #groups = 0

  constructor(source: string) {
    this.#cursor = new Cursor(source)
  }

  parse(): Pattern {
    const pattern = this.#choice()
    if (!this.#cursor.atEnd) throw new RegexpError('unexpected )', this.#cursor.source)
    return pattern
  }

  #choice(): Pattern {
    const parts = [this.#sequence()]
    while (this.#cursor.take('|')) parts.push(this.#sequence())
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts }
  }

  #sequence(): Pattern {
    const cursor = this.#cursor
    const parts: Pattern[] = []
    let repeatStart: number | undefined
    while (!cursor.atEnd && cursor.peek() !== '|' && cursor.peek() !== ')') {
      const start = cursor.at
      const repetition = takeRepetition(cursor)
      if (repetition) {
        if (repeatStart !== undefined)
          throw new RegexpError('invalid nested repetition operator', cursor.since(repeatStart))
        repeatStart = start
        parts.push(repeated(parts.pop(), repetition, this.#flags.U, cursor.since(start)))
      } else {
        repeatStart = undefined
        parts.push(...this.#atom())
      }
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  /** What a repetition applies to; several for quoted text, none for a change of flags. */
  #atom(): readonly Pattern[] {
    const cursor = this.#cursor
    switch (cursor.peek()) {
      case '(':
        return this.#group()
      case '[':
        return [{ kind: 'set', set: readBracket(cursor, this.#flags.i) }]
      case '\\':
        return this.#escape()
      case '.':
        cursor.read()
        return [{ kind: 'set', set: this.#flags.s ? anyCharacter : anyButLineFeed }]
      case '^':
        cursor.read()
        return [place(this.#flags.m ? 'lineStart' : 'textStart')]
      case '$':
        cursor.read()
        return [place(this.#flags.m ? 'lineEnd' : 'textEnd')]
      default:
        return [this.#literal(cursor.read().codePointAt(0)!)]
    }
  }

  #escape(): readonly Pattern[] {
    const cursor = this.#cursor
    const quote = cursor.takeMatch(quoted)
    if (quote) return Array.from(quote[1]!, (character) => this.#literal(character.codePointAt(0)!))
    if (cursor.take('\\A')) return [place('textStart')]
    if (cursor.take('\\z')) return [place('textEnd')]
    if (cursor.take('\\b')) return [place('wordEdge')]
    if (cursor.take('\\B')) return [place('noWordEdge')]
    const member = takeEscapedClass(cursor)
    if (member) return [{ kind: 'set', set: characterSet([member], false, this.#flags.i) }]
    return [this.#literal(readEscapedCharacter(cursor))]
  }

  #literal(codePoint: number): Pattern {
    const set: CharacterSet = this.#flags.i
      ? characterSet([range(codePoint, codePoint)], false, true)
      : single(codePoint)
    return { kind: 'set', set }
  }

  #group(): readonly Pattern[] {
    const cursor = this.#cursor
    const start = cursor.at
    const flagsOutside = this.#flags
    cursor.read()
    const captures = !cursor.take('?') || this.#takeGroupName(start)
    if (!captures && this.#takeFlags(start) === 'rest') return []
    const index = captures ? ++this.#groups : 0

    if (this.#depth === groupDepthMax) throw new RegexpError('expression nests too deeply', cursor.source)
    this.#depth += 1
    const pattern = this.#choice()
    this.#depth -= 1
    if (!cursor.take(')')) throw new RegexpError('missing closing )', cursor.source)
    this.#flags = flagsOutside
    return [captures ? { kind: 'group', part: pattern, index } : pattern]
  }

  #takeGroupName(groupStart: number): boolean {
    const cursor = this.#cursor
    if (!cursor.source.startsWith('P<', cursor.at)) return false
    const named = cursor.takeMatch(groupName)
    if (!named) cursor.at = cursor.source.length
    if (!named || !/^\w+$/.test(named[1]!)) throw new RegexpError('invalid named capture', cursor.since(groupStart))
    return true
  }

  /** `(?i)` sets flags for the rest of the group around it, `(?i:…)` for its own content. */
  #takeFlags(groupStart: number): 'rest' | 'group' {
    const cursor = this.#cursor
    const flags = { ...this.#flags }
    let sign = true
    let flagsSinceSign = 0
    for (;;) {
      const letter = cursor.read()
      if (letter === 'i' || letter === 'm' || letter === 's' || letter === 'U') {
        flags[letter] = sign
        flagsSinceSign += 1
      } else if (letter === '-' && sign) {
        sign = false
        flagsSinceSign = 0
      } else if ((letter === ':' || letter === ')') && (sign || flagsSinceSign > 0)) {
        this.#flags = flags
        return letter === ')' ? 'rest' : 'group'
      } else {
        throw new RegexpError('invalid or unsupported Perl syntax', cursor.since(groupStart))
      }
    }
  }
}

function place(where: Place): Pattern {
  return { kind: 'place', place: where }
}
