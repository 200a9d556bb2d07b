import { assert } from '../kernel/assert.ts'

/** The raft indexes every row carries: of the entry that created it, and of the one that last changed it. */
export interface Stamp {
  readonly CreateIndex: number
  readonly ModifyIndex: number
}

/** What `put` takes: a row whose stamp is still to be set (one that is there is overwritten). */
export type Unstamped<Row> = Omit<Row, keyof Stamp> & Partial<Stamp>

export interface IndexDefinition<Row> {
  /** The keys under which the row is found: one, several, or none (undefined). A function of the row alone. */
  key(row: Row): string | readonly string[] | undefined
  /** Two rows never share a key: a `put` that would make them throws UniqueIndexError. */
  readonly unique?: boolean
}

/**
 * A replicated table: its name, how a row's primary key is formed, and its secondary indexes. Keys are strings in
 * code-unit order; compound ones come from `keyOf`. Rows are plain objects that nobody changes once they are stored.
 */
export interface TableDefinition<Row extends object = object, Index extends string = string> {
  /** Lower-case words with hyphens. Part of the fingerprint that servers compare. */
  readonly name: string
  /** A function of the row alone. */
  key(row: Row): string
  readonly indexes?: Readonly<Record<Index, IndexDefinition<Row>>>
}

/**
 * Declares a table, once, as a constant that is also the handle to reach its rows by:
 *
 *     export const nodes = defineTable({
 *       name: 'nodes',
 *       key: (row: NodeRow) => row.Node.toLowerCase(),
 *       indexes: { byId: { key: (row: NodeRow) => row.ID || undefined, unique: true } },
 *     })
 *     tx.table(nodes).index('byId').get(id)
 *
 * With the row type on the callbacks the names of the indexes are checked too; `defineTable<NodeRow>({…})` leaves them
 * to be checked when they are used.
 */
export function defineTable<Row extends object, Index extends string = string>(
  definition: TableDefinition<Row, Index>,
): TableDefinition<Row, Index> {
  assert(/^[a-z][a-z0-9-]*$/.test(definition.name), `table name "${definition.name}" is not lower-case-with-hyphens`)
  return Object.freeze(definition)
}
