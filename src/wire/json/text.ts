import { assert } from '../../kernel/assert.ts'

/**
 * JSON text exactly as Go's encoder writes it: `<`, `>`, `&`, U+2028 and U+2029 are escaped, and of the control
 * characters only tab, line feed and carriage return have short forms. `value` must be well-formed UTF-16.
 */
export function quoteJson(value: string): string {
  return special.test(value) ? `"${value.replace(specials, escaped)}"` : `"${value}"`
}

const special = /["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]/
const specials =
  /["\\<>&\u0000-\u001f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

function escaped(character: string): string {
  switch (character) {
    case '"':
      return '\\"'
    case '\\':
      return '\\\\'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
  }
  const code = character.charCodeAt(0)
  return code >= 0xd800 && code <= 0xdfff ? '\\ufffd' : `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * The same for a binary string (one character per byte). Its bytes are read as UTF-8; as in Go, each byte that does not
 * belong to a valid sequence becomes one `\ufffd`, so two bad bytes are never folded into one.
 */
export function quoteJsonBytes(value: string): string {
  return isAscii(value) ? quoteJson(value) : quoteJson(utf8FromBinary(value, loneSurrogate))
}

/** Stands for a bad byte until `quoteJson` writes it as `\\ufffd`, the way Go tells it from a real U+FFFD. */
const loneSurrogate = '\udfff'

const nonAscii = /[^\u0000-\u007f]/

export function isAscii(value: string): boolean {
  return !nonAscii.test(value)
}

/** Text from a binary string, with `bad` for each byte that is no UTF-8. */
export function utf8FromBinary(value: string, bad = '\ufffd'): string {
  let text = ''
  let at = 0
  while (at < value.length) {
    const lead = value.charCodeAt(at)
    const size = lead < 0x80 ? 1 : sequenceSize(value, at, lead)
    if (size === 1) {
      text += lead < 0x80 ? value[at] : bad
    } else {
      let code = lead & (0x7f >> size)
      for (let i = 1; i < size; i++) code = (code << 6) | (value.charCodeAt(at + i) & 0x3f)
      text += String.fromCodePoint(code)
    }
    at += size
  }
  return text
}

/** Bytes of the valid sequence that starts with `lead`, or 1 when there is none (RFC 3629 §4). */
function sequenceSize(value: string, at: number, lead: number): number {
  const size = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 1
  if (size === 1 || at + size > value.length) return 1
  const second = value.charCodeAt(at + 1)
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < least || second > most) return 1
  for (let i = 2; i < size; i++) if ((value.charCodeAt(at + i) & 0xc0) !== 0x80) return 1
  return size
}

/** A binary string with the UTF-8 bytes of `text`. */
export function binaryFromUtf8(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** A double as Go prints it in JSON; JavaScript differs only in negative zero. NaN and infinities have no JSON form. */
export function doubleJson(value: number): string {
  assert(Number.isFinite(value), `a number that is not finite (${value}) reached the JSON writer`)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The shortest digits that name this 32-bit float. */
export function floatJson(value: number): string {
  const single = Math.fround(value)
  if (single === 0) return doubleJson(single)
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(single.toPrecision(digits))
    if (Math.fround(candidate) === single) return doubleJson(candidate)
  }
  return doubleJson(single)
}

/** JSON spread over lines as `?pretty` shows it: four spaces a level, empty lists and objects on one line. */
export function indentJson(json: string): string {
  let out = ''
  let margin = '\n'
  let copied = 0
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') {
      at = endOfString(json, at)
    } else if (character === '{' || character === '[') {
      if (json[at + 1] === '}' || json[at + 1] === ']') {
        at++
        continue
      }
      margin += '    '
      out += json.slice(copied, at + 1) + margin
      copied = at + 1
    } else if (character === '}' || character === ']') {
      margin = margin.slice(0, -4)
      out += json.slice(copied, at) + margin
      copied = at
    } else if (character === ',') {
      out += json.slice(copied, at + 1) + margin
      copied = at + 1
    } else if (character === ':') {
      out += `${json.slice(copied, at + 1)} `
      copied = at + 1
    }
  }
  return out + json.slice(copied)
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
