/** What an escape in a quoted HCL string stands for, and the index behind it; or what is wrong with it. */
export type Escape = { readonly character: string; readonly end: number } | { readonly problem: string }

/** Reads the escape that begins with the backslash at this index. The escapes are Go's. */
export function readEscape(text: string, backslash: number): Escape {
  const letter = text[backslash + 1] ?? ''
  const simple = simpleEscapes.get(letter)
  if (simple !== undefined) return { character: simple, end: backslash + 2 }
  if (letter >= '0' && letter <= '7') return readCode(text, backslash + 1, 3, 8)
  const digits = hexEscapes.get(letter)
  if (digits !== undefined) return readCode(text, backslash + 2, digits, 16)
  return { problem: `there is no escape \\${letter}; write \\\\ for a backslash` }
}

function readCode(text: string, begin: number, digits: number, base: 8 | 16): Escape {
  const code = text.slice(begin, begin + digits)
  const pattern = base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/
  if (code.length < digits || !pattern.test(code)) {
    return { problem: `this escape needs ${digits} ${base === 8 ? 'octal' : 'hexadecimal'} digits; write all of them` }
  }
  const codePoint = Number.parseInt(code, base)
  const isByte = digits < 4
  if (isByte && codePoint > 0x7f) return { problem: 'bytes beyond ASCII cannot be written so; use \\u and four digits' }
  const isCharacter = codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff)
  if (!isCharacter) return { problem: 'there is no such character; write another' }
  return { character: String.fromCodePoint(codePoint), end: begin + digits }
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
])

/** How many hexadecimal digits follow. */
const hexEscapes: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])

/** The lines of a `<<-` heredoc without the closing line's indentation, unless one of them has less. */
export function unindent(lines: readonly string[], indentation: string): string {
  if (!lines.every((line) => line.startsWith(indentation))) return lines.join('')
  return lines.map((line) => line.slice(indentation.length)).join('')
}
