import type { Transaction } from '../../src/store/transaction.ts'
import type { KVSRequest, TombstoneRequest } from '../../src/wire/structs/kv.ts'
import type { TxnKVOp } from '../../src/wire/structs/txn.ts'
import type { TxnParticipant } from '../txn/contract.ts'

/** One key as it is stored. Like `DirEntry`, but the value is held as text, which weighs a third of a small Buffer. */
export interface KvRow {
  readonly LockIndex: number | bigint
  /** A binary string: one character a byte, so that keys compare bytewise. */
  readonly Key: string
  readonly Flags: number | bigint
  /** A binary string; empty for Consul's nil value. */
  readonly Value: string
  /** Session that holds the lock, or empty. */
  readonly Session: string
  readonly CreateIndex: number
  readonly ModifyIndex: number
}

/** Remembers a deleted key, or a prefix deleted as a whole, so that lists above it show a higher index afterwards. */
export interface TombstoneRow {
  readonly Key: string
  readonly CreateIndex: number
  readonly ModifyIndex: number
}

/**
 * Tells whether a session exists. The plugin that keeps sessions provides it; without one no key can be locked. Asked
 * inside transactions, so it reads nothing but the transaction.
 */
export interface SessionLookup {
  has(tx: Transaction, id: string): boolean
}

/** What transactions may do with keys. */
export interface KvTransactions extends TxnParticipant<TxnKVOp> {
  /** Most bytes a value may have. */
  readonly valueBytesMax: number
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    kvTransactions: KvTransactions
    sessionLookup: SessionLookup
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    KVS: KVSRequest
    Tombstone: TombstoneRequest
  }
  interface Tables {
    kvs: KvRow
    tombstones: TombstoneRow
  }
}
