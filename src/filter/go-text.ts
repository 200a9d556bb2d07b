const named: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}
const letters = new Map(Object.entries(named).map(([letter, character]) => [character, letter]))

/** Quotes as Go's `%q` does, because Consul's error texts quote that way. */
export function goQuote(text: string): string {
  let quoted = ''
  for (const character of text) {
    const letter = letters.get(character)
    if (letter !== undefined) quoted += `\\${letter}`
    else if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) quoted += character
    else quoted += escaped(character.codePointAt(0)!)
  }
  return `"${quoted}"`
}

function escaped(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

const escapeSequence =
  /\\(?:(?<named>[abfnrtv\\"])|(?<octal>[0-3][0-7]{2})|x(?<byte>[\da-fA-F]{2})|u(?<short>[\da-fA-F]{4})|U(?<long>[\da-fA-F]{8}))/y

/**
 * The text between the quotes of a Go string literal (Go specification, "String literals"), or undefined when the
 * literal is not valid. Octal and `\x` escapes are bytes; bytes that are no UTF-8 become U+FFFD.
 */
export function goUnquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1)
  if (literal.startsWith('`')) return inner.replaceAll('\r', '')
  if (inner.includes('\n')) return undefined
  if (!inner.includes('\\')) return inner

  const parts: Buffer[] = []
  let at = 0
  while (at < inner.length) {
    const backslash = inner.indexOf('\\', at)
    const plainEnd = backslash === -1 ? inner.length : backslash
    if (plainEnd > at) parts.push(Buffer.from(inner.slice(at, plainEnd)))
    at = plainEnd
    if (at === inner.length) break
    escapeSequence.lastIndex = at
    const found = escapeSequence.exec(inner)
    const bytes = found && escapeBytes(found.groups!)
    if (!found || !bytes) return undefined
    parts.push(bytes)
    at += found[0].length
  }
  return Buffer.concat(parts).toString()
}

function escapeBytes(groups: Readonly<Record<string, string | undefined>>): Buffer | undefined {
  if (groups.named !== undefined) return Buffer.from(named[groups.named]!)
  if (groups.octal !== undefined) return Buffer.of(Number.parseInt(groups.octal, 8))
  if (groups.byte !== undefined) return Buffer.of(Number.parseInt(groups.byte, 16))
  const code = Number.parseInt((groups.short ?? groups.long)!, 16)
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? Buffer.from(String.fromCodePoint(code)) : undefined
}
