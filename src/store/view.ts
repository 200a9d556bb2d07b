import type { Footprint } from './dependencies.ts'
import { TableReader } from './reader.ts'
import type { Rows } from './rows.ts'
import type { TableDefinition } from './table.ts'
import { highestIndex, type TableIndexRow, tableIndexes } from './table-indexes.ts'
import type { Tables } from './tables.ts'

/** All tables at one moment, to read from. */
export interface View {
  /** The raft index of the last transaction in this state. */
  readonly index: number
  table<Row extends object, Index extends string>(definition: TableDefinition<Row, Index>): TableReader<Row, Index>
  /** The highest of the named index rows (`kvs`, `service.web`, …); 0 when none of them is set. */
  tableIndex(...names: string[]): number
  /** The index rows whose name starts with `prefix`, by name. */
  tableIndexes(prefix?: string): TableIndexRow[]
}

/** The state as it is now: what is read twice may differ. Notes what it reads when it is given a footprint. */
export class LatestView implements View {
  readonly #tables: Tables
  readonly #footprint: Footprint | undefined

  constructor(tables: Tables, footprint?: Footprint) {
    this.#tables = tables
    this.#footprint = footprint
  }

  get index(): number {
    return this.#tables.index
  }

  table<Row extends object, Index extends string>(definition: TableDefinition<Row, Index>): TableReader<Row, Index> {
    return new TableReader<Row, Index>(this.#tables.get(definition), this.#footprint)
  }

  tableIndex(...names: string[]): number {
    return highestIndex(this.table(tableIndexes), names)
  }

  tableIndexes(prefix?: string): TableIndexRow[] {
    return this.table(tableIndexes).list(prefix)
  }
}

/** A table that no longer changes, so that it can also be read row by row over a long time. */
export class FrozenTable<Row extends object, Index extends string = string> extends TableReader<Row, Index> {
  constructor(rows: Rows<Row>) {
    super(rows)
  }

  /** Rows whose key starts with `prefix`, one after another, without a list of them all. */
  scan(prefix = ''): IterableIterator<Row> {
    return this.rows.scan(prefix)
  }
}

/** The state at one index, for ever. Costs nothing to take; later writes copy what they change (some nodes of a tree). */
export class FrozenView implements View {
  readonly index: number
  readonly #tables: Tables

  /** `tables` must be a copy that nobody writes to. */
  constructor(tables: Tables) {
    this.#tables = tables
    this.index = tables.index
  }

  table<Row extends object, Index extends string>(definition: TableDefinition<Row, Index>): FrozenTable<Row, Index> {
    return new FrozenTable<Row, Index>(this.#tables.get(definition))
  }

  tableIndex(...names: string[]): number {
    return highestIndex(this.table(tableIndexes), names)
  }

  tableIndexes(prefix?: string): TableIndexRow[] {
    return this.table(tableIndexes).list(prefix)
  }
}
