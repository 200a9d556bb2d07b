import { goUnquote } from './go-text.ts'
import type { CharacterClass, Scanner } from './scanner.ts'
import type { Selector } from './syntax.ts'

// Each of these gives undefined, with the position restored, when what it reads does not stand here.

const letter = characterClass(/[a-zA-Z]/, '[a-zA-Z]')
const wordCharacter = characterClass(/[a-zA-Z0-9_]/, '[a-zA-Z0-9_]')
const digit = characterClass(/[0-9]/, '[0-9]')
const digitButZero = characterClass(/[1-9]/, '[1-9]')

function characterClass(pattern: RegExp, written: string): CharacterClass {
  return { has: (character) => pattern.test(character), written }
}

/** A name with further names after dots, or quoted ones in brackets. */
export function takeSelector(scan: Scanner): Selector | undefined {
  const first = takeIdentifier(scan)
  if (first === undefined) return undefined
  const selector = [first]
  for (;;) {
    const end = scan.at
    const next = scan.literal('.') ? takeIdentifier(scan) : takeIndex(scan)
    if (next === undefined) {
      scan.at = end
      return selector
    }
    selector.push(next)
  }
}

function takeIdentifier(scan: Scanner): string | undefined {
  const start = scan.at
  if (!scan.oneOf(letter)) return undefined
  while (scan.oneOf(wordCharacter));
  return scan.since(start)
}

function takeIndex(scan: Scanner): string | undefined {
  if (!scan.literal('[')) return undefined
  scan.optionalSpaces()
  const start = scan.at
  const key = takeText(scan)
  if (key === undefined) {
    scan.complain('index', 'Invalid index', start)
    return undefined
  }
  scan.optionalSpaces()
  if (scan.literal(']')) return key
  scan.complain('index', 'Unclosed index expression')
  return undefined
}

/** A bare word keeps its dots: `v1.2` is text, and so is `a["b"]`, which reads as `a.b`. */
export function takeValue(scan: Scanner): string | undefined {
  return takeSelector(scan)?.join('.') ?? takeNumber(scan) ?? takeText(scan)
}

function takeNumber(scan: Scanner): string | undefined {
  const start = scan.at
  scan.literal('-')
  if (!takeDigits(scan)) {
    scan.at = start
    return undefined
  }
  const end = scan.at
  const closed = scan.spaces() || scan.end() || scan.literal(')')
  scan.at = end
  if (closed) return scan.since(start)
  scan.complain('number', 'Invalid number literal')
  scan.at = start
  return undefined
}

function takeDigits(scan: Scanner): boolean {
  if (!scan.literal('0')) {
    if (!scan.oneOf(digitButZero)) return false
    while (scan.oneOf(digit));
  }
  const end = scan.at
  if (scan.literal('.') && scan.oneOf(digit)) while (scan.oneOf(digit));
  else scan.at = end
  return true
}

function takeText(scan: Scanner): string | undefined {
  const start = scan.at
  const quote = ['`', '"'].find((mark) => scan.literal(mark))
  if (quote === undefined) return undefined
  if (!scan.skipPast(quote)) {
    scan.complain('string', 'Unterminated string literal')
    scan.at = start
    return undefined
  }
  const text = goUnquote(scan.since(start))
  if (text === undefined) scan.complain('string', 'invalid syntax', start)
  return text ?? ''
}
