import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { Session } from '../../src/wire/structs/session.ts'
import { sessions } from './tables.ts'

/** Record type of sessions and their place in a snapshot (protocol/servers.md §15.1). */
export const sessionRecord = { type: 3, stage: 300 } as const

export function* sessionRecords(view: View): Generator<Buffer> {
  for (const row of view.table(sessions).list()) yield Session.encode(row)
}

export function restoreSession(tx: Transaction, record: Buffer): true {
  const row = Session.decode(record)
  tx.table(sessions).restore(row)
  // The exact index comes with the index rows; a snapshot without them gets at least this.
  if (tx.tableIndex('sessions') < row.ModifyIndex) tx.setTableIndex('sessions', row.ModifyIndex)
  return true
}
