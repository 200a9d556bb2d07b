import type { TableReader } from './reader.ts'
import { defineTable } from './table.ts'

/** One of Consul's index rows: the raft index at which something as a whole last changed (`kvs`, `service.web`, …). */
export interface TableIndexRow {
  readonly Key: string
  readonly Value: number
}

/** Every store has this table; it is written through `setTableIndex` and `deleteTableIndex` only. */
export const tableIndexes = defineTable({ name: 'table-indexes', key: (row: TableIndexRow) => row.Key })

/** The highest of these indexes; 0 when none of them is set. */
export function highestIndex(reader: TableReader<TableIndexRow>, names: readonly string[]): number {
  let highest = 0
  for (const name of names) {
    const row = reader.get(name)
    if (row !== undefined && row.Value > highest) highest = row.Value
  }
  return highest
}
