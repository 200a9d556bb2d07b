import { asciiClass, type CharacterSet, characterSet, range, type SetMember } from './character-set.ts'
import type { Cursor } from './cursor.ts'
import { RegexpError } from './errors.ts'
import { readEscapedCharacter, takeEscapedClass } from './escapes.ts'

const asciiName = /\[:(.*?):\]/sy

/** A class in brackets, the cursor standing on the opening one. */
export function readBracket(cursor: Cursor, foldCase: boolean): CharacterSet {
  const start = cursor.at
  cursor.read()
  const negated = cursor.take('^')
  const members: SetMember[] = []
  // A closing bracket right at the front is a member.
  do members.push(readMember(cursor, start))
  while (!cursor.take(']'))
  return characterSet(members, negated, foldCase)
}

function readMember(cursor: Cursor, bracketStart: number): SetMember {
  const named = cursor.takeMatch(asciiName)
  if (named) {
    const member = asciiClass(named[1]!)
    if (!member) throw new RegexpError('invalid character class range', named[0])
    return member
  }
  const escaped = takeEscapedClass(cursor)
  if (escaped) return escaped

  const start = cursor.at
  const low = readCharacter(cursor, bracketStart)
  const isRange = cursor.source[cursor.at] === '-' && cursor.source[cursor.at + 1] !== ']'
  if (!isRange || cursor.at + 1 === cursor.source.length) return range(low, low)
  cursor.read()
  const high = readCharacter(cursor, bracketStart)
  if (high < low) throw new RegexpError('invalid character class range', cursor.since(start))
  return range(low, high)
}

function readCharacter(cursor: Cursor, bracketStart: number): number {
  if (cursor.atEnd) throw new RegexpError('missing closing ]', cursor.source.slice(bracketStart))
  return cursor.peek() === '\\' ? readEscapedCharacter(cursor) : cursor.read().codePointAt(0)!
}
