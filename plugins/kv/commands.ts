import type { Transaction } from '../../src/store/transaction.ts'
import type { DirEntry, KVSRequest, TombstoneRequest } from '../../src/wire/structs/kv.ts'
import type { KvRow, SessionLookup } from './contract.ts'
import { KvRefusedError } from './errors.ts'
import { requireSession } from './locks.ts'
import { bury, kvs, tombstones } from './tables.ts'

/**
 * Carries out one KVS command (protocol/servers.md §13.1). Operations with a condition return whether it held, the
 * others null.
 */
export function applyKvs(tx: Transaction, { Op, DirEnt }: KVSRequest, sessions?: SessionLookup): boolean | null {
  switch (Op) {
    case 'set':
      set(tx, DirEnt)
      return null
    case 'cas':
      return compareAndSet(tx, DirEnt)
    case 'delete':
      remove(tx, DirEnt.Key)
      return null
    case 'delete-cas':
      return compareAndDelete(tx, DirEnt)
    case 'delete-tree':
      removeTree(tx, DirEnt.Key)
      return null
    case 'lock':
      return lock(tx, DirEnt, sessions)
    case 'unlock':
      return unlock(tx, DirEnt)
    default:
      throw new KvRefusedError(`Invalid KVS operation '${Op}'`)
  }
}

/** Removes the tombstones of deletes up to an index. No table index moves: readers see no difference. */
export function applyTombstone(tx: Transaction, { Op, ReapIndex }: TombstoneRequest): null {
  if (Op !== 'reap') throw new KvRefusedError(`Invalid Tombstone operation '${Op}'`)
  const graves = tx.table(tombstones)
  for (const { Key, ModifyIndex } of graves.list()) if (ModifyIndex <= ReapIndex) graves.delete(Key)
  return null
}

function set(tx: Transaction, entry: DirEntry): void {
  const held = tx.table(kvs).get(entry.Key)
  write(tx, held, entry, entry.LockIndex, held?.Session ?? '')
}

/** An expected index of 0 asks for a key that is not there. */
function compareAndSet(tx: Transaction, entry: DirEntry): boolean {
  const held = tx.table(kvs).get(entry.Key)
  if (entry.ModifyIndex !== (held?.ModifyIndex ?? 0)) return false
  write(tx, held, entry, entry.LockIndex, held?.Session ?? '')
  return true
}

function remove(tx: Transaction, key: string): void {
  if (tx.table(kvs).delete(key) === undefined) return
  tx.setTableIndex('kvs')
  bury(tx, key)
}

/** A key that is gone already counts as deleted. */
function compareAndDelete(tx: Transaction, { Key, ModifyIndex }: DirEntry): boolean {
  const held = tx.table(kvs).get(Key)
  if (held !== undefined && held.ModifyIndex !== ModifyIndex) return false
  remove(tx, Key)
  return true
}

/** One tombstone stands for the whole tree; none for the whole store, whose index moves anyway. */
function removeTree(tx: Transaction, prefix: string): void {
  const table = tx.table(kvs)
  const rows = table.list(prefix)
  if (rows.length === 0) return
  for (const { Key } of rows) table.delete(Key)
  tx.setTableIndex('kvs')
  if (prefix !== '') bury(tx, prefix)
}

/** False while another session holds the key. LockIndex counts how often the lock was taken. */
function lock(tx: Transaction, entry: DirEntry, sessions: SessionLookup | undefined): boolean {
  requireSession(tx, entry.Session, sessions)
  const held = tx.table(kvs).get(entry.Key)
  if (held === undefined || held.Session === '') {
    write(tx, held, entry, next(held?.LockIndex ?? 0), entry.Session)
    return true
  }
  if (held.Session !== entry.Session) return false
  write(tx, held, entry, held.LockIndex, entry.Session)
  return true
}

/** False unless that session holds the key. */
function unlock(tx: Transaction, entry: DirEntry): boolean {
  if (entry.Session === '') throw new KvRefusedError('missing session')
  const held = tx.table(kvs).get(entry.Key)
  if (held?.Session !== entry.Session) return false
  write(tx, held, entry, held.LockIndex, '')
  return true
}

/** A write that changes nothing moves no index, so that nobody wakes. */
function write(
  tx: Transaction,
  held: KvRow | undefined,
  { Key, Flags, Value }: DirEntry,
  LockIndex: number | bigint,
  Session: string,
): void {
  const text = Value?.toString('latin1') ?? ''
  if (
    held !== undefined &&
    held.Value === text &&
    held.Flags === Flags &&
    held.LockIndex === LockIndex &&
    held.Session === Session
  ) {
    return
  }
  tx.table(kvs).put({ LockIndex, Key, Flags, Value: text, Session })
  tx.setTableIndex('kvs')
}

/** Adds one to an unsigned 64-bit number, which is a bigint where a number would lose digits. */
function next(count: number | bigint): number | bigint {
  if (typeof count === 'number' && count < Number.MAX_SAFE_INTEGER) return count + 1
  return BigInt.asUintN(64, BigInt(count) + 1n)
}
