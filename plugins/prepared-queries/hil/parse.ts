// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HIL's interpolations look like that
import { type BinaryOperator, binaryOperators, type Expression } from './syntax.ts'

/** Interpolations, quotes and parentheses within one another; bounded because each level costs stack. */
const depthMax = 100

/** A template that cannot be read; `message` says where. */
export class HilSyntaxError extends Error {}

/** Reads a whole template. Throws HilSyntaxError. */
export function parseHil(source: string): Expression {
  const parser = new Parser(source)
  return parser.template()
}

const space = /[ \t\r\n]*/y
const identifier = /[A-Za-z_][A-Za-z0-9_-]*(?:\.(?:[A-Za-z0-9_-]+|\*))*/y
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

class Parser {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  template(): Expression {
    const output = this.#output(() => this.#at === this.#source.length)
    return output
  }

  /** Text up to where `isEnd` says; within quotes with their escapes. */
  #output(isEnd: () => boolean, quoted = false): Expression {
    const parts: Expression[] = []
    let text = ''
    const flush = () => {
      if (text !== '') parts.push({ kind: 'literal', value: { type: 'string', value: text } })
      text = ''
    }
    while (!isEnd()) {
      if (this.#at === this.#source.length) this.#fail('a text has no closing quote')
      if (this.#take('$${')) text += '${'
      else if (this.#take('${')) {
        flush()
        parts.push(this.#within(() => this.#expression()))
        this.#expect('}')
      } else if (quoted && this.#source[this.#at] === '\\') text += this.#escape()
      else if (quoted && this.#source[this.#at] === '\n') this.#fail('a text between quotes ends with its line')
      else text += this.#source[this.#at++]
    }
    flush()
    return { kind: 'output', parts }
  }

  #escape(): string {
    const letter = this.#source[this.#at + 1] ?? ''
    const meaning = ({ n: '\n', t: '\t', '"': '"', '\\': '\\' } as Record<string, string>)[letter]
    if (meaning === undefined) this.#fail('unknown escape')
    this.#at += 2
    return meaning
  }

  #expression(): Expression {
    const condition = this.#binary(0)
    if (!this.#takeToken('?')) return condition
    const yes = this.#within(() => this.#expression())
    this.#expect(':')
    const no = this.#within(() => this.#expression())
    return { kind: 'conditional', condition, yes, no }
  }

  #binary(level: number): Expression {
    const operators = binaryOperators[level]
    if (operators === undefined) return this.#operand()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = this.#takeOperator(operators)
      if (operator === undefined) return left
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
  }

  #takeOperator(operators: readonly BinaryOperator[]): BinaryOperator | undefined {
    this.#skip(space)
    // The longer of two that begin alike comes first.
    const longest = [...operators].sort((a, b) => b.length - a.length)
    return longest.find((operator) => this.#take(operator))
  }

  #operand(): Expression {
    if (this.#takeToken('!')) return { kind: 'not', operand: this.#within(() => this.#operand()) }
    if (this.#takeToken('-')) return { kind: 'negate', operand: this.#within(() => this.#operand()) }
    if (this.#takeToken('(')) {
      const inner = this.#within(() => this.#expression())
      this.#expect(')')
      return inner
    }
    if (this.#takeToken('"')) {
      const text = this.#within(() => this.#output(() => this.#source[this.#at] === '"', true))
      this.#at++
      return text
    }
    const digits = this.#match(number)
    if (digits !== undefined) {
      const type = /[.eE]/.test(digits) ? 'float' : 'int'
      const value = Number(digits)
      if (type === 'int' && !Number.isSafeInteger(value)) this.#fail('a number is too large')
      return { kind: 'literal', value: { type, value } }
    }
    const name = this.#match(identifier)
    if (name === undefined)
      this.#fail(this.#at === this.#source.length ? 'it ends too early' : 'expected an expression')
    if (name === 'true' || name === 'false') return { kind: 'literal', value: { type: 'bool', value: name === 'true' } }
    return this.#takeToken('(') ? { kind: 'call', name, args: this.#args() } : { kind: 'variable', name }
  }

  #args(): Expression[] {
    if (this.#takeToken(')')) return []
    const args: Expression[] = []
    do args.push(this.#within(() => this.#expression()))
    while (this.#takeToken(','))
    this.#expect(')')
    return args
  }

  #within<T>(parse: () => T): T {
    if (++this.#depth > depthMax) this.#fail('it nests too deeply')
    const inner = parse()
    this.#depth--
    return inner
  }

  #expect(token: string): void {
    if (!this.#takeToken(token)) this.#fail(`expected ${token}`)
  }

  #takeToken(token: string): boolean {
    this.#skip(space)
    return this.#take(token)
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #match(pattern: RegExp): string | undefined {
    this.#skip(space)
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#source)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at
    this.#at += pattern.exec(this.#source)?.[0].length ?? 0
  }

  #fail(problem: string): never {
    const before = this.#source.slice(0, this.#at).split('\n')
    throw new HilSyntaxError(`parse error at ${before.length}:${before.at(-1)!.length + 1}: ${problem}`)
  }
}
