import type { Question } from './live-query.ts'
import { defineTable, type Stamp, type TableDefinition } from './table.ts'
import type { TableIndexRow } from './table-indexes.ts'
import type { View } from './view.ts'

export interface Pair extends Stamp {
  readonly Key: string
  readonly Value: string
  readonly Tags: readonly string[]
  readonly Owner: string
}

/** A table with every kind of index, for the tests of the store. */
export const pairs = defineTable({
  name: 'pairs',
  key: (row: Pair) => row.Key,
  indexes: {
    byTag: { key: (row: Pair) => row.Tags },
    byOwner: { key: (row: Pair) => row.Owner || undefined, unique: true },
  },
})

export const kept = defineTable({ name: 'kept', key: (row: Pair) => row.Key })

/** The state as plain sorted lists: too simple to be wrong. */
export class NaiveState implements View {
  index = 0
  rows = new Map<string, Pair>()
  names = new Map<string, number>()

  clone(): NaiveState {
    const copy = new NaiveState()
    copy.index = this.index
    copy.rows = new Map(this.rows)
    copy.names = new Map(this.names)
    return copy
  }

  sorted(): Pair[] {
    return [...this.rows.values()].sort((a, b) => order(a.Key, b.Key))
  }

  tableIndex(...names: string[]): number {
    return Math.max(0, ...names.map((name) => this.names.get(name) ?? 0))
  }

  tableIndexes(prefix = ''): TableIndexRow[] {
    const rows = Array.from(this.names, ([Key, Value]) => ({ Key, Value }))
    return rows.filter(({ Key }) => Key.startsWith(prefix)).sort((a, b) => order(a.Key, b.Key))
  }

  table<Row extends object, Index extends string>(_: TableDefinition<Row, Index>): ReturnType<View['table']> & never {
    const under = (prefix = '') => this.sorted().filter((row) => row.Key.startsWith(prefix))
    const entries = (name: string, wanted: (key: string) => boolean) =>
      this.sorted()
        .flatMap((row) =>
          [...new Set(name === 'byTag' ? row.Tags : row.Owner ? [row.Owner] : [])].map((key) => ({ key, row })),
        )
        .filter(({ key }) => wanted(key))
        .sort((a, b) => order(a.key, b.key) || order(a.row.Key, b.row.Key))
        .map(({ row }) => row)
    const reader = {
      get: (key: string) => this.rows.get(key),
      has: (key: string) => this.rows.has(key),
      list: under,
      first: (prefix?: string) => under(prefix)[0],
      count: (prefix?: string) => under(prefix).length,
      range: (low: string, high: string) => this.sorted().filter(({ Key }) => Key >= low && Key < high),
      index: (name: string) => ({
        get: (key: string) => entries(name, (it) => it === key),
        first: (key: string) => entries(name, (it) => it === key)[0],
        has: (key: string) => entries(name, (it) => it === key).length > 0,
        count: (key: string) => entries(name, (it) => it === key).length,
        list: (prefix = '') => entries(name, (it) => it.startsWith(prefix)),
      }),
    }
    return reader as never
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Asks for whatever `read` returns, encoded as JSON; the index is that of the newest row in it, else of the table. */
export function question(key: string, read: (view: View) => unknown): Question<unknown> {
  return {
    key,
    read,
    index: (view, value) => {
      const rows = [value].flat().filter((row): row is Pair => typeof row === 'object' && row !== null && 'Key' in row)
      return Math.max(0, ...rows.map((row) => row.ModifyIndex)) || view.tableIndex('pairs')
    },
    encode: (value) => Buffer.from(JSON.stringify(value ?? null)),
  }
}
