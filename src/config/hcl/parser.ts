import type { ConfigNode, ConfigObject, Origin } from '../../kernel/config-tree.ts'
import { HclLexer, type HclToken } from './lexer.ts'
import { ConfigSyntaxError, defaultSyntaxLimits, ObjectBuilder, type SyntaxLimits } from './syntax.ts'

/**
 * HCL 1 → a tree. `file` is only the name that origins carry. Labels become keys: `service "web" { … }` is an object
 * `web` under `service`. Blocks that repeat a key become a list (`repeated`), other values that repeat one replace it.
 *
 * @throws ConfigSyntaxError for any text that is not HCL 1 or beyond the limits; nothing else, whatever the text.
 */
export function parseHcl(text: string, file: string, limits: SyntaxLimits = defaultSyntaxLimits): ConfigObject {
  return new HclParser(new HclLexer(text, file, limits), limits).document()
}

type KeyToken = HclToken & { readonly kind: 'identifier' | 'text' }

class HclParser {
  readonly #lexer: HclLexer
  readonly #limits: SyntaxLimits
  #token: HclToken

  constructor(lexer: HclLexer, limits: SyntaxLimits) {
    this.#lexer = lexer
    this.#limits = limits
    this.#token = lexer.next()
  }

  document(): ConfigObject {
    const origin: Origin = { ...this.#token.origin, line: 1, column: 1 }
    return this.#items('end', origin, 1)
  }

  /** Items up to the closing token, which is consumed. `origin` is where the object began. */
  #items(closing: '}' | 'end', origin: Origin, depth: number): ConfigObject {
    const builder = new ObjectBuilder()
    while (this.#token.kind !== closing) {
      if (this.#token.kind === 'end') {
        throw new ConfigSyntaxError(origin, 'this { is never closed; end it with }')
      }
      this.#item(builder, depth)
      if (this.#token.kind === ',') this.#advance()
    }
    this.#advance()
    return builder.finish(origin)
  }

  #item(builder: ObjectBuilder, depth: number): void {
    const key = this.#key()
    const labels: KeyToken[] = []
    while (isKey(this.#token)) {
      this.#checkDepth(depth + labels.length)
      labels.push(this.#token)
      this.#advance()
    }
    const { kind, origin } = this.#token
    if (kind === '=' && labels.length === 0) {
      this.#advance()
      builder.add(key.value, key.origin, this.#value(depth))
    } else if (kind === '{') {
      let block: ConfigNode = this.#object(depth + labels.length)
      for (const label of labels.reverse()) {
        const wrapper = new ObjectBuilder()
        wrapper.add(label.value, label.origin, block)
        block = wrapper.finish(label.origin)
      }
      builder.add(key.value, key.origin, block)
    } else if (labels.length > 0) {
      throw new ConfigSyntaxError(origin, `${describeToken(this.#token)} cannot follow a label; open the block with {`)
    } else {
      throw new ConfigSyntaxError(
        origin,
        `${describeToken(this.#token)} cannot follow a key; write = and a value, or {`,
      )
    }
  }

  #key(): KeyToken {
    const token = this.#token
    if (!isKey(token)) {
      throw new ConfigSyntaxError(token.origin, `${describeToken(token)} cannot stand here; a key is expected`)
    }
    this.#advance()
    return token
  }

  #value(depth: number): ConfigNode {
    const token = this.#token
    switch (token.kind) {
      case 'text':
      case 'number':
      case 'boolean':
        this.#advance()
        return token
      case '{':
        return this.#object(depth)
      case '[':
        return this.#list(depth)
      case 'identifier':
        throw new ConfigSyntaxError(token.origin, `${token.value} is no value; put text in double quotes`)
      default:
        throw new ConfigSyntaxError(token.origin, `${describeToken(token)} cannot stand here; a value is expected`)
    }
  }

  #object(depth: number): ConfigObject {
    this.#checkDepth(depth)
    const { origin } = this.#token
    this.#advance()
    return this.#items('}', origin, depth + 1)
  }

  #list(depth: number): ConfigNode {
    this.#checkDepth(depth)
    const { origin } = this.#token
    this.#advance()
    const items: ConfigNode[] = []
    while (this.#token.kind !== ']') {
      if (this.#token.kind === 'end') throw new ConfigSyntaxError(origin, 'this [ is never closed; end it with ]')
      items.push(this.#value(depth + 1))
      this.#endItem()
    }
    this.#advance()
    return { kind: 'list', items, repeated: false, origin }
  }

  #endItem(): void {
    const token = this.#token
    if (token.kind === ',') this.#advance()
    else if (token.kind !== ']' && token.kind !== 'end') {
      throw new ConfigSyntaxError(token.origin, `${describeToken(token)} cannot follow an item; write a comma or ]`)
    }
  }

  #checkDepth(depth: number): void {
    if (depth >= this.#limits.depth) {
      throw new ConfigSyntaxError(this.#token.origin, `more than ${this.#limits.depth} levels deep; nest less`)
    }
  }

  #advance(): void {
    this.#token = this.#lexer.next()
  }
}

function isKey(token: HclToken): token is KeyToken {
  return token.kind === 'identifier' || token.kind === 'text'
}

function describeToken(token: HclToken): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the text'
    case 'text':
      return 'a string'
    case 'number':
      return `the number ${token.literal.slice(0, 20)}`
    case 'boolean':
      return String(token.value)
    case 'identifier':
      return token.value.slice(0, 60)
    default:
      return token.kind
  }
}
