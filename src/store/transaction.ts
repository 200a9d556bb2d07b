import { assert } from '../kernel/assert.ts'
import type { Change, Journal } from './journal.ts'
import { TableReader } from './reader.ts'
import type { Rows } from './rows.ts'
import type { Stamp, TableDefinition, Unstamped } from './table.ts'
import { highestIndex, type TableIndexRow, tableIndexes } from './table-indexes.ts'
import type { Tables } from './tables.ts'
import type { View } from './view.ts'

/** Told of each row change inside the transaction that makes it; may write on. A throw rolls everything back. */
export type ChangeListener<Row extends object = object> = (tx: Transaction, change: Change<Row>) => void

/**
 * Everything one log entry changes: all of it, or none of it. It sees its own writes. Valid while the function that
 * got it runs, and no longer.
 */
export class Transaction implements View {
  /** The raft index of the log entry. */
  readonly index: number
  readonly #tables: Tables
  readonly #journal: Journal
  readonly #listeners: ReadonlyMap<string, readonly ChangeListener[]>
  #open = true

  constructor(
    index: number,
    tables: Tables,
    journal: Journal,
    listeners: ReadonlyMap<string, readonly ChangeListener[]>,
  ) {
    this.index = index
    this.#tables = tables
    this.#journal = journal
    this.#listeners = listeners
  }

  table<Row extends object, Index extends string>(definition: TableDefinition<Row, Index>): WritableTable<Row, Index> {
    assert(this.#open, 'a transaction was used after it had ended')
    return new WritableTable<Row, Index>(this, this.#tables.get(definition), (rows, key, before, after, tell) =>
      this.#write(rows, key, before, after, tell),
    )
  }

  tableIndex(...names: string[]): number {
    return highestIndex(this.table(tableIndexes), names)
  }

  tableIndexes(prefix?: string): TableIndexRow[] {
    return this.table(tableIndexes).list(prefix)
  }

  /** Sets the index row `name`: without `value` to the index of this transaction ("bump"). */
  setTableIndex(name: string, value = this.index): void {
    const rows = this.#tables.get(tableIndexes)
    const before = rows.get(name)
    if (before?.Value !== value) this.#write(rows, name, before, { Key: name, Value: value }, true)
  }

  deleteTableIndex(name: string): void {
    const rows = this.#tables.get(tableIndexes)
    const before = rows.get(name)
    if (before !== undefined) this.#write(rows, name, before, undefined, true)
  }

  /** Called by the store when the transaction has ended. */
  close(): void {
    this.#open = false
  }

  #write<Row extends object>(
    rows: Rows<Row>,
    key: string,
    before: Row | undefined,
    after: Row | undefined,
    tell: boolean,
  ): void {
    assert(this.#open, 'a transaction was used after it had ended')
    const change = this.#journal.write(rows, key, before, after)
    if (!tell) return
    for (const listener of this.#listeners.get(rows.definition.name) ?? []) {
      listener(this, change as Change<object> as Change)
    }
  }
}

type Write<Row extends object> = (
  rows: Rows<Row>,
  key: string,
  before: Row | undefined,
  after: Row | undefined,
  tell: boolean,
) => void

/** A table inside a transaction. */
export class WritableTable<Row extends object, Index extends string = string> extends TableReader<Row, Index> {
  readonly #tx: Transaction
  readonly #write: Write<Row>

  constructor(tx: Transaction, rows: Rows<Row>, write: Write<Row>) {
    super(rows)
    this.#tx = tx
    this.#write = write
  }

  /**
   * Stores a row, in the place of the one with the same key if there is one. Returns what was stored: a copy whose
   * ModifyIndex is the transaction's index, and CreateIndex too unless the row existed. A row that equals the stored
   * one is written all the same: whether that should move indexes is for the caller to decide.
   */
  put(row: Unstamped<Row>): Row {
    const key = this.#keyOf(row as Row)
    const before = this.rows.get(key)
    const { index } = this.#tx
    const CreateIndex = before === undefined ? index : (before as Row & Stamp).CreateIndex
    const stamped = Object.freeze({ ...row, CreateIndex, ModifyIndex: index }) as Row
    this.#write(this.rows, key, before, stamped, true)
    return stamped
  }

  /** Stores a row with the indexes it has, from a snapshot. Change listeners are not told: what they would do is in there too. */
  restore(row: Row): void {
    const key = this.#keyOf(row)
    this.#write(this.rows, key, this.rows.get(key), Object.freeze(row), false)
  }

  /** Returns the row that was there. */
  delete(key: string): Row | undefined {
    const before = this.rows.get(key)
    if (before !== undefined) this.#write(this.rows, key, before, undefined, true)
    return before
  }

  #keyOf(row: Row): string {
    const { definition } = this.rows
    const key = definition.key(row)
    assert(typeof key === 'string', `a row of table "${definition.name}" has no key`)
    return key
  }
}
