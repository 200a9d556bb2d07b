import { sessionKey } from '../../src/rules/session-ids.ts'
import { defineTable } from '../../src/store/table.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import type { DirEntry } from '../../src/wire/structs/kv.ts'
import type { KvRow, TombstoneRow } from './contract.ts'

/** The keys, in bytewise order. */
export const kvs = defineTable({
  name: 'kvs',
  key: (row: KvRow) => row.Key,
  indexes: {
    bySession: { key: (row: KvRow) => (row.Session === '' ? undefined : sessionKey(row.Session)) },
  },
})

/** The deleted keys and prefixes, until they are reaped. */
export const tombstones = defineTable({ name: 'tombstones', key: (row: TombstoneRow) => row.Key })

/** X-Consul-Index of reads that found nothing, and of the whole store (protocol/servers.md §5.4). */
export function storeIndex(view: View): number {
  return view.tableIndex('kvs', 'tombstones')
}

/** A row as Consul's wire and HTTP interface know it. */
export function toEntry({ LockIndex, Key, Flags, Value, Session, CreateIndex, ModifyIndex }: KvRow): DirEntry {
  return { LockIndex, Key, Flags, Value: valueBytes(Value), Session, CreateIndex, ModifyIndex }
}

/** A row out of a snapshot. */
export function toRow({ LockIndex, Key, Flags, Value, Session, CreateIndex, ModifyIndex }: DirEntry): KvRow {
  return { LockIndex, Key, Flags, Value: Value?.toString('latin1') ?? '', Session, CreateIndex, ModifyIndex }
}

/** Leaves a tombstone in the place of a deleted key or prefix, and of an older tombstone there. */
export function bury(tx: Transaction, key: string): void {
  const graves = tx.table(tombstones)
  graves.delete(key)
  graves.put({ Key: key })
  tx.setTableIndex('tombstones')
}

function valueBytes(value: string): Buffer | null {
  return value === '' ? null : Buffer.from(value, 'latin1')
}
