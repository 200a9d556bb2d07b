/**
 * Says what is wrong with JSON text, in the words of Go's decoder, which Consul's users see and its clients match on.
 * Only called when `JSON.parse` has refused the text. Works on bytes, as Go does: an unexpected `é` is reported as the
 * first byte of its UTF-8.
 */
export function diagnoseJson(body: Buffer): string {
  const scanner = new Scanner(body.toString('latin1'))
  return scanner.whole() ?? 'invalid JSON'
}

/** A sentence that ends the search. `undefined` from a method means that its part is in order. */
type Problem = string | undefined

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Problem {
    this.#space()
    if (this.#next() === '') return 'EOF'
    const open: ('{' | '[')[] = []
    let problem = this.#value(open)
    while (problem === undefined && open.length > 0) problem = this.#rest(open)
    if (problem !== undefined) return problem
    this.#space()
    return this.#next() === '' ? undefined : this.#unexpected('after top-level value')
  }

  /** One scalar, or the openings of lists and objects down to the first. A loop, for they may be nested without end. */
  #value(open: ('{' | '[')[]): Problem {
    for (;;) {
      this.#space()
      const first = this.#next()
      if (first !== '{' && first !== '[') return this.#scalar(first)
      this.#at++
      this.#space()
      open.push(first)
      if (this.#next() === (first === '{' ? '}' : ']')) return undefined
      const problem = first === '{' ? this.#key() : undefined
      if (problem !== undefined) return problem
    }
  }

  #scalar(first: string): Problem {
    switch (first) {
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true')
      case 'f':
        return this.#literal('false')
      case 'n':
        return this.#literal('null')
    }
    if (first === '-' || isDigit(first)) return this.#number()
    return this.#unexpected('looking for beginning of value')
  }

  /** A key with its colon. */
  #key(): Problem {
    this.#space()
    if (this.#next() !== '"') return this.#unexpected('looking for beginning of object key string')
    const problem = this.#string()
    if (problem !== undefined) return problem
    this.#space()
    if (this.#next() !== ':') return this.#unexpected('after object key')
    this.#at++
    return undefined
  }

  /** What follows a complete value inside the innermost list or object. */
  #rest(open: ('{' | '[')[]): Problem {
    const inObject = open.at(-1) === '{'
    this.#space()
    const next = this.#next()
    if (next === (inObject ? '}' : ']')) {
      this.#at++
      open.pop()
      return undefined
    }
    if (next !== ',') return this.#unexpected(inObject ? 'after object key:value pair' : 'after array element')
    this.#at++
    return (inObject ? this.#key() : undefined) ?? this.#value(open)
  }

  #string(): Problem {
    this.#at++
    for (;;) {
      const character = this.#next()
      if (character === '"') {
        this.#at++
        return undefined
      }
      if (character < ' ') return this.#unexpected('in string literal')
      this.#at++
      if (character !== '\\') continue
      const escaped = this.#next()
      if (!'"\\/bfnrtu'.includes(escaped) || escaped === '') return this.#unexpected('in string escape code')
      this.#at++
      if (escaped !== 'u') continue
      for (let digit = 0; digit < 4; digit++) {
        if (!/[0-9a-fA-F]/.test(this.#next())) return this.#unexpected('in \\u hexadecimal character escape')
        this.#at++
      }
    }
  }

  #literal(word: string): Problem {
    for (let i = 1; i < word.length; i++) {
      this.#at++
      if (this.#next() !== word[i]) return this.#unexpected(`in literal ${word} (expecting '${word[i]}')`)
    }
    this.#at++
    return undefined
  }

  #number(): Problem {
    if (this.#next() === '-') this.#at++
    if (!isDigit(this.#next())) return this.#unexpected('in numeric literal')
    if (this.#next() === '0') this.#at++
    else this.#digits()
    if (this.#next() === '.') {
      this.#at++
      if (!isDigit(this.#next())) return this.#unexpected('after decimal point in numeric literal')
      this.#digits()
    }
    if (this.#next() === 'e' || this.#next() === 'E') {
      this.#at++
      if (this.#next() === '+' || this.#next() === '-') this.#at++
      if (!isDigit(this.#next())) return this.#unexpected('in exponent of numeric literal')
      this.#digits()
    }
    return undefined
  }

  #digits(): void {
    while (isDigit(this.#next())) this.#at++
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#next())) this.#at++
  }

  /** The character at hand, `''` at the end. */
  #next(): string {
    return this.#text.charAt(this.#at)
  }

  #unexpected(where: string): string {
    const character = this.#next()
    return character === '' ? 'unexpected EOF' : `invalid character ${quoted(character)} ${where}`
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9'
}

/** A byte as Go quotes it in these sentences. */
function quoted(character: string): string {
  if (character === "'") return "'\\''"
  if (character === '"') return `'"'`
  if (character === '\\') return "'\\\\'"
  const named = { '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' }[
    character
  ]
  if (named !== undefined) return `'${named}'`
  const code = character.charCodeAt(0)
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`
  if ((code >= 0x80 && code <= 0xa0) || code === 0xad) return `'\\u${code.toString(16).padStart(4, '0')}'`
  return `'${character}'`
}
