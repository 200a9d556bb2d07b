/**
 * Configuration as a plain tree, before anyone has said what its keys mean. Files, flags and ACL rules all come as one;
 * every value and every key remembers where it was written, so that whoever rejects it can point there.
 */

/** Where something was written. */
export interface Origin {
  /** The file's path as the operator gave it, or `flag -name`, or `default`. */
  readonly file: string
  /** 1-based; 0 when the source has no lines (a flag). */
  readonly line: number
  /** 1-based, in UTF-16 code units; 0 when the source has no lines. */
  readonly column: number
}

interface ConfigText {
  readonly kind: 'text'
  readonly value: string
  readonly origin: Origin
}

interface ConfigNumber {
  readonly kind: 'number'
  readonly value: number
  /** The digits as written: a 64-bit integer keeps all of them here. */
  readonly literal: string
  readonly origin: Origin
}

interface ConfigBoolean {
  readonly kind: 'boolean'
  readonly value: boolean
  readonly origin: Origin
}

/** JSON only. Consul treats a null as a key that was not written. */
interface ConfigNull {
  readonly kind: 'null'
  readonly origin: Origin
}

interface ConfigList {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  /** True when repeated blocks (`service {…} service {…}`) made this list, so that one which stands alone is none. */
  readonly repeated: boolean
  readonly origin: Origin
}

export interface ConfigObject {
  readonly kind: 'object'
  /** In the order written. A Map, so that a key such as `__proto__` is only a key. */
  readonly entries: ReadonlyMap<string, ConfigEntry>
  readonly origin: Origin
}

export interface ConfigEntry {
  /** Where the key was written, which is not where its value begins. */
  readonly keyOrigin: Origin
  readonly value: ConfigNode
}

export type ConfigNode = ConfigText | ConfigNumber | ConfigBoolean | ConfigNull | ConfigList | ConfigObject

/** `agent.hcl:3:7`, or only the source's name where it has no lines. */
export function formatOrigin({ file, line, column }: Origin): string {
  return line === 0 ? file : `${file}:${line}:${column}`
}

/** What kind of value this is, as an error message says it. */
export function describeNode(node: ConfigNode): string {
  switch (node.kind) {
    case 'text':
      return 'a string'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'a boolean'
    case 'null':
      return 'null'
    case 'list':
      return 'a list'
    case 'object':
      return 'a block'
  }
}

/** The same values without origins, for JSON and for tests. Objects have no prototype. */
export function plainValue(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'null':
      return null
    case 'list':
      return node.items.map(plainValue)
    case 'object': {
      const plain: Record<string, unknown> = Object.create(null)
      for (const [key, entry] of node.entries) plain[key] = plainValue(entry.value)
      return plain
    }
    default:
      return node.value
  }
}
