import type { Rows } from './rows.ts'
import type { TableDefinition } from './table.ts'

/** A row came (no `before`), changed, or went (no `after`). Index rows appear as changes of the table `tableIndexes`. */
export interface Change<Row extends object = object> {
  readonly table: TableDefinition<Row>
  readonly key: string
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/**
 * What a transaction did so far, in order: enough to undo it, and to tell who is concerned once it holds. Undoing by
 * journal makes a commit cost nothing; working on a clone would copy a path of tree nodes for every transaction.
 */
export class Journal {
  readonly changes: Change[] = []
  readonly #rows: Rows[] = []

  write<Row extends object>(
    rows: Rows<Row>,
    key: string,
    before: Row | undefined,
    after: Row | undefined,
  ): Change<Row> {
    rows.write(key, before, after)
    const change: Change<Row> = { table: rows.definition, key, before, after }
    this.changes.push(change as Change<object> as Change)
    this.#rows.push(rows as Rows<object> as Rows)
    return change
  }

  undo(): void {
    for (let at = this.changes.length - 1; at >= 0; at--) {
      const { key, before, after } = this.changes[at]!
      this.#rows[at]!.write(key, after, before)
    }
  }

  /** Marks every live query stale that read one of the changed keys. */
  touch(): void {
    for (let at = 0; at < this.changes.length; at++) {
      const { key, before, after } = this.changes[at]!
      const rows = this.#rows[at]!
      if (rows.scope.isWatched) rows.scope.touch(key)
      for (const index of rows.indexes) {
        if (!index.scope.isWatched) continue
        for (const indexKey of index.keysOf(before)) index.scope.touch(indexKey)
        for (const indexKey of index.keysOf(after)) index.scope.touch(indexKey)
      }
    }
  }
}
