import { type BTree, countBetween, newTree, valuesBetween } from './b-tree.ts'
import { Scope } from './dependencies.ts'
import { UniqueIndexError } from './errors.ts'
import { compareKeys, prefixEnd } from './keys.ts'
import type { IndexDefinition } from './table.ts'

/** Ordered by index key, then by the row's primary key; two strings instead of a joined one, which would be a copy. */
interface Entry {
  readonly key: string
  readonly primary: string
}

const none: readonly string[] = []

/** Finds rows by keys other than their primary one. Holds the rows themselves, so that a lookup is one descent. */
export class SecondaryIndex<Row extends object> {
  readonly name: string
  /** Who watches keys of this index. Frozen copies share it and never use it. */
  readonly scope: Scope
  readonly #definition: IndexDefinition<Row>
  #tree: BTree<Entry, Row>

  constructor(
    name: string,
    definition: IndexDefinition<Row>,
    scope = new Scope(),
    tree = newTree<Entry, Row>(compare),
  ) {
    this.name = name
    this.scope = scope
    this.#definition = definition
    this.#tree = tree
  }

  keysOf(row: Row | undefined): readonly string[] {
    if (row === undefined) return none
    const keys = this.#definition.key(row)
    if (keys === undefined) return none
    if (typeof keys === 'string') return [keys]
    return keys.length > 1 ? [...new Set(keys)] : keys
  }

  /** Throws when a key is taken by a row with another primary key. */
  assertFree(table: string, keys: readonly string[], primary: string): void {
    if (!this.#definition.unique) return
    for (const key of keys) {
      const held = this.#tree.getPairOrNextHigher({ key, primary: '' })?.[0]
      if (held?.key === key && held.primary !== primary) {
        throw new UniqueIndexError(table, this.name, key, held.primary)
      }
    }
  }

  replace(primary: string, before: readonly string[], after: readonly string[], row: Row | undefined): void {
    for (const key of before) if (!after.includes(key)) this.#tree.delete({ key, primary })
    if (row !== undefined) for (const key of after) this.#tree.set({ key, primary }, row)
  }

  get(key: string): Row[] {
    return valuesBetween(this.#tree, { key, primary: '' }, justAfter(key))
  }

  first(key: string): Row | undefined {
    const pair = this.#tree.getPairOrNextHigher({ key, primary: '' })
    return pair !== undefined && pair[0].key === key ? pair[1] : undefined
  }

  list(prefix: string): Row[] {
    return valuesBetween(this.#tree, { key: prefix, primary: '' }, entryAt(prefixEnd(prefix)))
  }

  count(key: string): number {
    return countBetween(this.#tree, { key, primary: '' }, justAfter(key))
  }

  clone(): SecondaryIndex<Row> {
    return new SecondaryIndex(this.name, this.#definition, this.scope, this.#tree.clone())
  }

  adopt(other: SecondaryIndex<Row>): void {
    this.#tree = other.#tree.clone()
  }
}

function compare(a: Entry, b: Entry): number {
  return compareKeys(a.key, b.key) || compareKeys(a.primary, b.primary)
}

function entryAt(key: string | undefined): Entry | undefined {
  return key === undefined ? undefined : { key, primary: '' }
}

/** NUL is the least character, so nothing lies between a key and the same key followed by it. */
function justAfter(key: string): Entry {
  return { key: `${key}\0`, primary: '' }
}
