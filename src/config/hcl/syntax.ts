import type { ConfigEntry, ConfigNode, ConfigObject, Origin } from '../../kernel/config-tree.ts'
import { formatOrigin } from '../../kernel/config-tree.ts'
import { ConfigError } from '../../kernel/errors.ts'

/** The text is not what its format allows. `reason` says what is wrong and what to write instead. */
export class ConfigSyntaxError extends ConfigError {
  override readonly code = 'config_syntax'
  readonly origin: Origin
  readonly reason: string

  constructor(origin: Origin, reason: string) {
    super(`${formatOrigin(origin)}: ${reason}`)
    this.origin = origin
    this.reason = reason
  }
}

/** What a parser takes before it refuses. ACL rules arrive over the network, so none of these is optional. */
export interface SyntaxLimits {
  /** Length of the whole text in UTF-16 code units. */
  readonly textLength: number
  /** Length of one key, string, number or heredoc as written. */
  readonly tokenLength: number
  /** How many objects and lists may stand in one another; labels of a block count. */
  readonly depth: number
}

export const defaultSyntaxLimits: SyntaxLimits = { textLength: 4 * 1024 * 1024, tokenLength: 1024 * 1024, depth: 64 }

/** Names one character in an error message, control characters by their number. */
export function describeCharacter(text: string, index: number): string {
  const codePoint = text.codePointAt(index)
  if (codePoint === undefined) return 'the end of the text'
  if (codePoint === 10) return 'the end of the line'
  if (codePoint < 32 || codePoint === 127) return `control character ${codePoint}`
  return JSON.stringify(String.fromCodePoint(codePoint))
}

/**
 * Gathers the items of one HCL object. Repeated blocks make a list, as HCL has it; of repeated values of any other kind
 * the last one counts.
 */
export class ObjectBuilder {
  readonly #entries = new Map<string, ConfigEntry>()
  readonly #repeated = new Map<string, ConfigNode[]>()

  add(key: string, keyOrigin: Origin, value: ConfigNode): void {
    const earlier = this.#entries.get(key)
    const blocks = this.#repeated.get(key)
    if (value.kind !== 'object' || !earlier) {
      this.#repeated.delete(key)
      this.#entries.set(key, { keyOrigin, value })
    } else if (blocks) {
      blocks.push(value)
    } else if (earlier.value.kind === 'object') {
      const items = [earlier.value, value]
      this.#repeated.set(key, items)
      const list = { kind: 'list', items, repeated: true, origin: earlier.value.origin } as const
      this.#entries.set(key, { keyOrigin: earlier.keyOrigin, value: list })
    } else {
      this.#entries.set(key, { keyOrigin, value })
    }
  }

  finish(origin: Origin): ConfigObject {
    return { kind: 'object', entries: this.#entries, origin }
  }
}
