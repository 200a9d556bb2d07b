import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { DirEntry } from '../../src/wire/structs/kv.ts'
import { kvs, toEntry, tombstones, toRow } from './tables.ts'

/** Record types and their order in a snapshot (protocol/servers.md §15.1). */
export const entryRecord = { type: 2, stage: 500 } as const
export const tombstoneRecord = { type: 5, stage: 600 } as const

export function* entryRecords(view: View): Generator<Buffer> {
  for (const row of view.table(kvs).list()) yield DirEntry.encode(toEntry(row))
}

/** A tombstone looks like an entry of which only the key and the index are left. */
export function* tombstoneRecords(view: View): Generator<Buffer> {
  for (const { Key, ModifyIndex } of view.table(tombstones).list()) {
    yield DirEntry.encode({ ...DirEntry.zero(), Key, ModifyIndex })
  }
}

export function restoreEntry(tx: Transaction, record: Buffer): true {
  const row = toRow(DirEntry.decode(record))
  tx.table(kvs).restore(row)
  raise(tx, 'kvs', row.ModifyIndex)
  return true
}

export function restoreTombstone(tx: Transaction, record: Buffer): true {
  const { Key, ModifyIndex } = DirEntry.decode(record)
  tx.table(tombstones).restore({ Key, CreateIndex: ModifyIndex, ModifyIndex })
  raise(tx, 'tombstones', ModifyIndex)
  return true
}

/** The exact index comes with the index rows; a snapshot without them gets at least this. */
function raise(tx: Transaction, name: string, index: number): void {
  if (tx.tableIndex(name) < index) tx.setTableIndex(name, index)
}
