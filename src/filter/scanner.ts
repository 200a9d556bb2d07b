import { FilterError } from './errors.ts'
import { goQuote } from './go-text.ts'

/** A set of characters, and the way Consul's error texts write it. */
export interface CharacterClass {
  readonly has: (character: string) => boolean
  readonly written: string
}

const space: CharacterClass = {
  has: (c) => c === ' ' || c === '\t' || c === '\r' || c === '\n',
  written: '[ \\t\\r\\n]',
}

/**
 * The text under a parser that tries alternatives. A terminal that does not match leaves the position where it was and
 * notes what it had wanted; when nothing fits in the end, the notes at the farthest position become the message, which
 * is how the reference names what it expected. `complain` records faults the grammar knows by name; those win.
 */
export class Scanner {
  at = 0
  readonly #text: string
  readonly #complaints = new Set<string>()
  #farthest = 0
  #blanks = { from: 0, to: 0 }
  #wanted = new Set<string>()

  constructor(text: string) {
    this.#text = text
  }

  literal(word: string): boolean {
    if (!this.#text.startsWith(word, this.at)) return this.#miss(goQuote(word))
    this.at += word.length
    return true
  }

  oneOf(characters: CharacterClass): boolean {
    const character = this.#text[this.at]
    if (character === undefined || !characters.has(character)) return this.#miss(characters.written)
    this.at += 1
    return true
  }

  /** At least one blank. */
  spaces(): boolean {
    if (!this.oneOf(space)) return false
    this.optionalSpaces()
    return true
  }

  optionalSpaces(): true {
    const start = this.at
    // Every level of parentheses looks at the same blanks again; a long run must not be walked each time.
    if (start >= this.#blanks.from && start < this.#blanks.to) this.at = this.#blanks.to
    while (this.oneOf(space));
    if (this.at > this.#blanks.to) this.#blanks = { from: start, to: this.at }
    return true
  }

  end(): boolean {
    return this.at === this.#text.length || this.#miss('EOF')
  }

  /** Moves behind the next `character`, or to the end of the text when there is none. */
  skipPast(character: string): boolean {
    const found = this.#text.indexOf(character, this.at)
    this.at = found === -1 ? this.#text.length : found + 1
    return found !== -1
  }

  since(start: number): string {
    return this.#text.slice(start, this.at)
  }

  /** Records a fault; parsing goes on, so that the message lists the faults of every alternative tried. */
  complain(rule: string, fault: string, at = this.at): void {
    this.#complaints.add(`${this.#position(at)}: rule "${rule}": ${fault}`)
  }

  get hasComplaints(): boolean {
    return this.#complaints.size > 0
  }

  error(): FilterError {
    if (this.hasComplaints) return new FilterError([...this.#complaints].join('\n'))
    const wanted = [...this.#wanted].filter((want) => want !== 'EOF').sort()
    if (this.#wanted.has('EOF')) wanted.push('EOF')
    const last = wanted.pop()
    const list = wanted.length > 0 ? `${wanted.join(', ')} or ${last}` : last
    return new FilterError(`${this.#position(this.#farthest)}: no match found, expected: ${list}`)
  }

  #miss(want: string): false {
    if (this.at > this.#farthest) {
      this.#farthest = this.at
      this.#wanted = new Set()
    }
    if (this.at === this.#farthest) this.#wanted.add(want)
    return false
  }

  /** `line:column (offset)`, the offset in bytes. A line feed counts as column 0 of the line it opens, as Consul counts. */
  #position(at: number): string {
    const before = this.#text.slice(0, at)
    const upTo = this.#text[at] === '\n' ? `${before}\n` : before
    const lineStart = upTo.lastIndexOf('\n') + 1
    const line = upTo.split('\n').length
    const column = upTo.length > at ? 0 : [...before.slice(lineStart)].length + 1
    return `${line}:${column} (${Buffer.byteLength(before)})`
  }
}
