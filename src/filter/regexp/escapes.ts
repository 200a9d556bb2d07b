import { perlClass, type SetMember, unicodeClass } from './character-set.ts'
import type { Cursor } from './cursor.ts'
import { RegexpError } from './errors.ts'

const controls = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
])
const octal = /0[0-7]{0,2}|[1-7][0-7]{1,2}/y
const hexadecimal = /x(?:([\da-fA-F]{2})|\{([\da-fA-F]+)\})/y
const codePointMax = 0x10ffff

/** A backslash and what follows it, standing for one character. A lone `\1` would be a back reference: refused. */
export function readEscapedCharacter(cursor: Cursor): number {
  const start = cursor.at
  cursor.read()
  if (cursor.atEnd) throw new RegexpError('trailing backslash at end of expression', '')

  const digits = cursor.takeMatch(octal)
  if (digits) return Number.parseInt(digits[0], 8)
  const hex = cursor.takeMatch(hexadecimal)
  if (hex) {
    const codePoint = Number.parseInt((hex[1] ?? hex[2])!, 16)
    if (codePoint <= codePointMax) return codePoint
    throw new RegexpError('invalid escape sequence', cursor.since(start))
  }

  const character = cursor.read()
  const control = controls.get(character)
  if (control !== undefined) return control
  const isPunctuation = character < '\x80' && !/[\dA-Za-z]/.test(character)
  if (!isPunctuation) throw new RegexpError('invalid escape sequence', cursor.since(start))
  return character.codePointAt(0)!
}

const namedProperty = /\\[pP]\{(\^?)([^}]*)\}/y
const letterProperty = /\\[pP]([^{])/y

/** `\d`, `\pL`, `\p{Greek}` and their opposites; undefined when something else stands here. */
export function takeEscapedClass(cursor: Cursor): SetMember | undefined {
  const start = cursor.at
  if (!cursor.take('\\')) return undefined
  const letter = cursor.peek()
  const perl = perlClass(letter)
  if (perl) {
    cursor.read()
    return perl
  }
  cursor.at = start
  return letter === 'p' || letter === 'P' ? takeProperty(cursor, letter === 'P') : undefined
}

function takeProperty(cursor: Cursor, negated: boolean): SetMember {
  const start = cursor.at
  const named = cursor.takeMatch(namedProperty)
  const lettered = named ? undefined : cursor.takeMatch(letterProperty)
  const member = named
    ? unicodeClass(named[2]!, negated !== (named[1] === '^'))
    : lettered && unicodeClass(lettered[1]!, negated)
  if (member) return member
  if (!named && !lettered) cursor.at = cursor.source.length
  throw new RegexpError('invalid character class range', cursor.since(start))
}
