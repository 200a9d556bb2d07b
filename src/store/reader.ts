import { assert } from '../kernel/assert.ts'
import type { Footprint } from './dependencies.ts'
import { commonPrefix } from './keys.ts'
import type { Rows } from './rows.ts'
import type { SecondaryIndex } from './secondary-index.ts'

/**
 * The reading half of a table. Lists are arrays of their own, in key order, so rows may be written while a transaction
 * goes through them.
 */
export class TableReader<Row extends object, Index extends string = string> {
  protected readonly rows: Rows<Row>
  readonly #footprint: Footprint | undefined

  constructor(rows: Rows<Row>, footprint?: Footprint) {
    this.rows = rows
    this.#footprint = footprint
  }

  get(key: string): Row | undefined {
    this.#footprint?.key(this.rows.scope, key)
    return this.rows.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  /** Rows whose key starts with `prefix`; all rows without one. */
  list(prefix = ''): Row[] {
    this.#footprint?.prefix(this.rows.scope, prefix)
    return this.rows.list(prefix)
  }

  /** Rows with `low` ≤ key < `high`. */
  range(low: string, high: string): Row[] {
    this.#footprint?.prefix(this.rows.scope, commonPrefix(low, high))
    return this.rows.range(low, high)
  }

  /** The row with the least key that starts with `prefix`. */
  first(prefix = ''): Row | undefined {
    this.#footprint?.prefix(this.rows.scope, prefix)
    return this.rows.first(prefix)
  }

  /** How many rows have a key that starts with `prefix`; counted without visiting them. */
  count(prefix = ''): number {
    this.#footprint?.prefix(this.rows.scope, prefix)
    return prefix === '' ? this.rows.size : this.rows.count(prefix)
  }

  index(name: Index): IndexReader<Row> {
    const index = this.rows.index(name)
    assert(index !== undefined, `table "${this.rows.definition.name}" has no index "${name}"`)
    return new IndexReader(index, this.#footprint)
  }
}

/** The reading half of a secondary index. Rows come in the order of the index key, then of their primary key. */
export class IndexReader<Row extends object> {
  readonly #index: SecondaryIndex<Row>
  readonly #footprint: Footprint | undefined

  constructor(index: SecondaryIndex<Row>, footprint: Footprint | undefined) {
    this.#index = index
    this.#footprint = footprint
  }

  /** All rows under exactly this key. */
  get(key: string): Row[] {
    this.#footprint?.key(this.#index.scope, key)
    return this.#index.get(key)
  }

  /** The first row under this key: the only one of a unique index. */
  first(key: string): Row | undefined {
    this.#footprint?.key(this.#index.scope, key)
    return this.#index.first(key)
  }

  has(key: string): boolean {
    return this.first(key) !== undefined
  }

  count(key: string): number {
    this.#footprint?.key(this.#index.scope, key)
    return this.#index.count(key)
  }

  /** Rows whose index key starts with `prefix`; a row with several such keys comes once for each. */
  list(prefix = ''): Row[] {
    this.#footprint?.prefix(this.#index.scope, prefix)
    return this.#index.list(prefix)
  }
}
