import type { ConfigEntry, ConfigNode, ConfigObject, Origin } from '../../kernel/config-tree.ts'
import { ConfigSyntaxError, defaultSyntaxLimits, describeCharacter, type SyntaxLimits } from './syntax.ts'

/**
 * JSON (RFC 8259) → the same tree as HCL. Consul reads `.json` files as plain JSON, so of a key written twice in one
 * object the last counts, blocks too. An empty text is an empty object.
 *
 * @throws ConfigSyntaxError for any text that is not a JSON object or beyond the limits; nothing else, whatever the text.
 */
export function parseJson(text: string, file: string, limits: SyntaxLimits = defaultSyntaxLimits): ConfigObject {
  return new JsonParser(text, file, limits).document()
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const plainPattern = /[^"\\\p{Cc}]*/uy
const wordPattern = /[A-Za-z]+/y

class JsonParser {
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
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  document(): ConfigObject {
    this.#skipBlanks()
    const origin = this.#origin()
    if (this.#at === this.#text.length) return { kind: 'object', entries: new Map(), origin }
    if (this.#text[this.#at] !== '{') this.#unexpected('a configuration is one object in { }')
    const root = this.#object(1)
    this.#skipBlanks()
    if (this.#at < this.#text.length) this.#unexpected('nothing may follow the closing }')
    return root
  }

  #value(depth: number): ConfigNode {
    const origin = this.#origin()
    const character = this.#text[this.#at]
    if (character === '{') return this.#object(depth)
    if (character === '[') return this.#list(depth)
    if (character === '"') return { kind: 'text', value: this.#string(), origin }

    const literal = this.#match(numberPattern)
    if (literal !== '') {
      this.#checkLength(this.#at - literal.length)
      return { kind: 'number', value: Number(literal), literal, origin }
    }
    const start = this.#at
    const word = this.#match(wordPattern)
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true', origin }
    if (word === 'null') return { kind: 'null', origin }
    this.#at = start
    return this.#unexpected('a value is expected, text in double quotes')
  }

  #object(depth: number): ConfigObject {
    const origin = this.#open(depth)
    const entries = new Map<string, ConfigEntry>()
    for (let more = !this.#close('}'); more; more = this.#separator('}')) {
      const keyOrigin = this.#origin()
      if (this.#text[this.#at] !== '"') this.#unexpected('a key in double quotes is expected')
      const key = this.#string()
      this.#skipBlanks()
      if (this.#text[this.#at] !== ':') this.#unexpected('a colon must follow the key')
      this.#at++
      this.#skipBlanks()
      entries.set(key, { keyOrigin, value: this.#value(depth + 1) })
    }
    return { kind: 'object', entries, origin }
  }

  #list(depth: number): ConfigNode {
    const origin = this.#open(depth)
    const items: ConfigNode[] = []
    for (let more = !this.#close(']'); more; more = this.#separator(']')) items.push(this.#value(depth + 1))
    return { kind: 'list', items, repeated: false, origin }
  }

  #open(depth: number): Origin {
    const origin = this.#origin()
    if (depth > this.#limits.depth) this.#fail(this.#at, `more than ${this.#limits.depth} levels deep; nest less`)
    this.#at++
    return origin
  }

  #close(bracket: '}' | ']'): boolean {
    this.#skipBlanks()
    if (this.#text[this.#at] !== bracket) return false
    this.#at++
    return true
  }

  /** True when a comma announces another item. */
  #separator(bracket: '}' | ']'): boolean {
    if (this.#close(bracket)) return false
    if (this.#text[this.#at] !== ',') this.#unexpected(`a comma or ${bracket} is expected`)
    this.#at++
    this.#skipBlanks()
    if (this.#text[this.#at] === bracket) this.#unexpected('JSON has no comma after the last item; remove it')
    return true
  }

  #string(): string {
    const start = this.#at
    const pieces: string[] = []
    this.#at++
    for (;;) {
      pieces.push(this.#match(plainPattern))
      const character = this.#text[this.#at]
      if (character === '"') break
      if (character === '\\') pieces.push(this.#escape())
      // Beyond ASCII the class Cc is legal in JSON: U+007F to U+009F.
      else if (character !== undefined && character >= '\x7f') pieces.push(this.#text[this.#at++] ?? '')
      else if (character === undefined || character === '\n')
        this.#fail(start, 'this string is never closed; end it with "')
      else this.#unexpected('write control characters as \\u and four digits')
    }
    this.#at++
    this.#checkLength(start)
    // A lone surrogate is no character; Go replaces it too.
    return pieces.join('').toWellFormed()
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    const simple = simpleEscapes.get(letter)
    if (simple !== undefined) {
      this.#at += 2
      return simple
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (letter !== 'u') this.#fail(this.#at, `there is no escape \\${letter}; write \\\\ for a backslash`)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail(this.#at, '\\u needs 4 hexadecimal digits; write all of them')
    this.#at += 6
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const matched = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += matched.length
    return matched
  }

  #checkLength(start: number): void {
    if (this.#at - start > this.#limits.tokenLength) {
      this.#fail(start, `is longer than the ${this.#limits.tokenLength} characters a key or value may have; shorten it`)
    }
  }

  #skipBlanks(): void {
    for (;;) {
      const character = this.#text[this.#at]
      if (character === '\n') {
        this.#line++
        this.#lineStart = this.#at + 1
      } else if (character !== ' ' && character !== '\t' && character !== '\r') {
        return
      }
      this.#at++
    }
  }

  #origin(): Origin {
    return { file: this.#file, line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #unexpected(advice: string): never {
    this.#fail(this.#at, `${describeCharacter(this.#text, this.#at)} cannot stand here; ${advice}`)
  }

  #fail(index: number, reason: string): never {
    throw new ConfigSyntaxError({ file: this.#file, line: this.#line, column: index - this.#lineStart + 1 }, reason)
  }
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])
