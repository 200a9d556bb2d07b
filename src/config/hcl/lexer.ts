import type { Origin } from '../../kernel/config-tree.ts'
import { readEscape, unindent } from './strings.ts'
import { ConfigSyntaxError, describeCharacter, type SyntaxLimits } from './syntax.ts'

export type HclToken =
  | { readonly kind: 'identifier'; readonly value: string; readonly origin: Origin }
  | { readonly kind: 'text'; readonly value: string; readonly origin: Origin }
  | { readonly kind: 'number'; readonly value: number; readonly literal: string; readonly origin: Origin }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly origin: Origin }
  | { readonly kind: '{' | '}' | '[' | ']' | '=' | ',' | 'end'; readonly origin: Origin }

const identifierPattern = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy
const numberPattern = /-?(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y
const heredocPattern = /<<(-?)([\p{L}\p{Nd}_]+)\r?\n/uy

/** HCL 1 characters → tokens. Comments and white space are skipped; each character is looked at a bounded number of times. */
export class HclLexer {
  readonly #text: string
  readonly #file: string
  readonly #limits: SyntaxLimits
  #at = 0
  #line = 1
  #lineStart = 0

  constructor(text: string, file: string, limits: SyntaxLimits) {
    this.#text = text
    this.#file = file
    this.#limits = limits
    if (text.length > limits.textLength) {
      this.#fail(0, `has more than ${limits.textLength} characters; split it into several files`)
    }
    // A byte order mark, which some editors leave at the front.
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  next(): HclToken {
    this.#skipBlanks()
    const start = this.#at
    const origin = this.#origin(start)
    const character = this.#text[start]
    switch (character) {
      case undefined:
        return { kind: 'end', origin }
      case '{':
      case '}':
      case '[':
      case ']':
      case '=':
      case ',':
        this.#at++
        return { kind: character, origin }
      case '"':
        return { kind: 'text', value: this.#string(), origin }
      case '<':
        return { kind: 'text', value: this.#heredoc(), origin }
      case "'":
        return this.#fail(start, 'strings stand in double quotes; write " instead of \'')
    }
    return this.#number(origin) ?? this.#identifier(origin) ?? this.#unexpected(start)
  }

  #origin(index: number): Origin {
    return { file: this.#file, line: this.#line, column: index - this.#lineStart + 1 }
  }

  #fail(index: number, reason: string): never {
    if (index > this.#at) this.#advanceTo(index)
    throw new ConfigSyntaxError(this.#origin(index), reason)
  }

  #unexpected(index: number): never {
    this.#fail(
      index,
      `${describeCharacter(this.#text, index)} cannot stand here; a key, a value or a bracket is expected`,
    )
  }

  /** Moves to a place that may be some lines further on. */
  #advanceTo(end: number): void {
    const passed = this.#text.slice(this.#at, end)
    for (let newline = passed.indexOf('\n'); newline !== -1; newline = passed.indexOf('\n', newline + 1)) {
      this.#line++
      this.#lineStart = this.#at + newline + 1
    }
    this.#at = end
  }

  #skipBlanks(): void {
    for (;;) {
      switch (this.#text[this.#at]) {
        case ' ':
        case '\t':
        case '\r':
          this.#at++
          break
        case '\n':
          this.#at++
          this.#line++
          this.#lineStart = this.#at
          break
        case '#':
          this.#at = this.#lineEnd(this.#at)
          break
        case '/':
          this.#skipComment()
          break
        default:
          return
      }
    }
  }

  #lineEnd(from: number): number {
    const newline = this.#text.indexOf('\n', from)
    return newline === -1 ? this.#text.length : newline
  }

  #skipComment(): void {
    const second = this.#text[this.#at + 1]
    if (second === '/') {
      this.#at = this.#lineEnd(this.#at)
    } else if (second === '*') {
      const close = this.#text.indexOf('*/', this.#at + 2)
      if (close === -1) this.#fail(this.#at, 'this comment is never closed; end it with */')
      this.#advanceTo(close + 2)
    } else {
      this.#fail(this.#at, 'a single / cannot stand here; a comment begins with //')
    }
  }

  #checkLength(start: number, end: number): void {
    if (end - start > this.#limits.tokenLength) {
      this.#fail(start, `is longer than the ${this.#limits.tokenLength} characters a key or value may have; shorten it`)
    }
  }

  #number(origin: Origin): HclToken | undefined {
    numberPattern.lastIndex = this.#at
    const literal = numberPattern.exec(this.#text)?.[0]
    if (literal === undefined) return undefined
    const end = this.#at + literal.length
    this.#checkLength(this.#at, end)
    identifierPattern.lastIndex = end
    if (identifierPattern.test(this.#text) || this.#text[end] === '.') {
      this.#fail(this.#at, 'this is neither a number nor a name; put text in double quotes')
    }
    this.#at = end

    const negative = literal.startsWith('-')
    const digits = negative ? literal.slice(1) : literal
    const octal = /^0\d+$/.test(digits)
    if (octal && /[89]/.test(digits)) {
      this.#fail(
        end - literal.length,
        `${literal} begins with 0 and so must be octal; drop the 0 or the digits 8 and 9`,
      )
    }
    const magnitude = octal ? Number(`0o${digits}`) : Number(digits)
    return { kind: 'number', value: negative ? -magnitude : magnitude, literal, origin }
  }

  #identifier(origin: Origin): HclToken | undefined {
    identifierPattern.lastIndex = this.#at
    const value = identifierPattern.exec(this.#text)?.[0]
    if (value === undefined) return undefined
    this.#checkLength(this.#at, this.#at + value.length)
    this.#at += value.length
    if (value === 'true' || value === 'false') return { kind: 'boolean', value: value === 'true', origin }
    return { kind: 'identifier', value, origin }
  }

  /** A quoted string. What stands in `${ }` stays as written, quotes and line breaks included, as Consul has it. */
  #string(): string {
    const text = this.#text
    const start = this.#at
    const pieces: string[] = []
    let pieceStart = start + 1
    let at = start + 1
    for (;;) {
      const character = text[at]
      if (character === '"') break
      if (character === undefined || character === '\n') this.#fail(start, 'this string is never closed; end it with "')
      if (character === '\\') {
        pieces.push(text.slice(pieceStart, at))
        const unescaped = readEscape(text, at)
        if ('problem' in unescaped) this.#fail(at, unescaped.problem)
        pieces.push(unescaped.character)
        at = unescaped.end
        pieceStart = at
      } else if (character === '$' && text[at + 1] === '{') {
        at = this.#interpolationEnd(at)
      } else {
        at++
      }
    }
    this.#checkLength(start, at)
    pieces.push(text.slice(pieceStart, at))
    this.#advanceTo(at + 1)
    return pieces.join('')
  }

  /** The index behind the brace that closes the `${` at `start`. */
  #interpolationEnd(start: number): number {
    let open = 1
    for (let at = start + 2; at < this.#text.length; at++) {
      const character = this.#text[at]
      if (character === '{') open++
      if (character === '}' && --open === 0) return at + 1
    }
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the operator wrote it
    return this.#fail(start, 'this ${ is never closed; end it with }')
  }

  /** `<<EOF` keeps the lines as they are; `<<-EOF` takes away the closing line's indentation where all lines have it. */
  #heredoc(): string {
    const start = this.#at
    heredocPattern.lastIndex = start
    const opening = heredocPattern.exec(this.#text)
    if (!opening) this.#fail(start, 'a heredoc begins with << and a word alone on the line; write <<EOF')
    const [{ length }, dash, marker = ''] = [opening[0], opening[1], opening[2]]
    const lines: string[] = []
    let at = start + length
    while (at < this.#text.length) {
      const end = this.#lineEnd(at)
      const line = this.#text.slice(at, end)
      if (line.trim() === marker) {
        this.#checkLength(start, end)
        this.#advanceTo(end)
        return dash === '-' ? unindent(lines, line.slice(0, line.indexOf(marker))) : lines.join('')
      }
      lines.push(`${line}\n`)
      at = end + 1
    }
    return this.#fail(start, `this heredoc is never closed; end it with a line that says ${marker}`)
  }
}
