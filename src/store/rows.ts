import { type BTree, countBetween, newTree, valuesBetween } from './b-tree.ts'
import { Scope } from './dependencies.ts'
import { compareKeys, prefixEnd } from './keys.ts'
import { SecondaryIndex } from './secondary-index.ts'
import type { TableDefinition } from './table.ts'

/** The rows of one table in key order, and its indexes, always in step with each other. */
export class Rows<Row extends object = object> {
  readonly definition: TableDefinition<Row>
  readonly indexes: readonly SecondaryIndex<Row>[]
  /** Who watches primary keys of this table. Frozen copies share it and never use it. */
  readonly scope: Scope
  #tree: BTree<string, Row>

  constructor(definition: TableDefinition<Row>, from?: Rows<Row>) {
    this.definition = definition
    this.scope = from?.scope ?? new Scope()
    this.#tree = from ? from.#tree.clone() : newTree(compareKeys)
    this.indexes = from
      ? from.indexes.map((index) => index.clone())
      : Object.entries(definition.indexes ?? {}).map(([name, index]) => new SecondaryIndex(name, index))
  }

  get size(): number {
    return this.#tree.size
  }

  get(key: string): Row | undefined {
    return this.#tree.get(key)
  }

  /**
   * Puts `after` in the place of `before`, which must be what is stored (undefined: nothing). Either all of the table
   * and its indexes change, or it throws and nothing does.
   */
  write(key: string, before: Row | undefined, after: Row | undefined): void {
    const { indexes } = this
    const moves: (readonly string[])[] = []
    for (const index of indexes) {
      const keys = index.keysOf(after)
      index.assertFree(this.definition.name, keys, key)
      moves.push(index.keysOf(before), keys)
    }
    if (after === undefined) this.#tree.delete(key)
    else this.#tree.set(key, after)
    for (let at = 0; at < indexes.length; at++) indexes[at]!.replace(key, moves[2 * at]!, moves[2 * at + 1]!, after)
  }

  /** Rows whose key starts with `prefix`, in key order. */
  list(prefix: string): Row[] {
    return valuesBetween(this.#tree, prefix, prefixEnd(prefix))
  }

  /** Rows with `low` ≤ key < `high`, in key order. */
  range(low: string, high: string): Row[] {
    return low < high ? valuesBetween(this.#tree, low, high) : []
  }

  count(prefix: string): number {
    return countBetween(this.#tree, prefix, prefixEnd(prefix))
  }

  first(prefix: string): Row | undefined {
    const pair = this.#tree.getPairOrNextHigher(prefix)
    return pair?.[0].startsWith(prefix) ? pair[1] : undefined
  }

  /** One row after another without a list of all: only on a copy that nobody writes to. */
  *scan(prefix: string): Generator<Row, void, undefined> {
    for (const [key, row] of this.#tree.entries(prefix)) {
      if (!key.startsWith(prefix)) return
      yield row
    }
  }

  index(name: string): SecondaryIndex<Row> | undefined {
    for (const index of this.indexes) if (index.name === name) return index
    return undefined
  }

  /** A copy that costs nothing until one of the two is written to. */
  clone(): Rows<Row> {
    return new Rows(this.definition, this)
  }

  /** Takes over the rows of another table of the same definition. Watchers stay. */
  adopt(other: Rows<Row>): void {
    this.#tree = other.#tree.clone()
    for (const index of this.indexes) index.adopt(other.index(index.name)!)
  }
}
