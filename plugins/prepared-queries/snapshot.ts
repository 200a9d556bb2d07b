import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { PreparedQuery } from '../../src/wire/structs/prepared-query.ts'
import { preparedQueries } from './tables.ts'

/** Record type of prepared queries and their place in a snapshot (protocol/servers.md §15.1). */
export const queryRecord = { type: 7, stage: 700 } as const

export function* queryRecords(view: View): Generator<Buffer> {
  for (const row of view.table(preparedQueries).list()) yield PreparedQuery.encode(row)
}

export function restoreQuery(tx: Transaction, record: Buffer): true {
  const row = PreparedQuery.decode(record)
  tx.table(preparedQueries).restore(row)
  // The exact index comes with the index rows; a snapshot without them gets at least this.
  if (tx.tableIndex('prepared-queries') < row.ModifyIndex) tx.setTableIndex('prepared-queries', row.ModifyIndex)
  return true
}
