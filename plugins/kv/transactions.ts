import { goQuote } from '../../src/filter/go-text.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import type { DirEntry, KvOp } from '../../src/wire/structs/kv.ts'
import { type TxnKVOp, TxnResult } from '../../src/wire/structs/txn.ts'
import { applyKvs } from './commands.ts'
import type { KvRow, KvTransactions, SessionLookup } from './contract.ts'
import { KvRefusedError } from './errors.ts'
import { kvs, toEntry } from './tables.ts'

export interface KvTransactionsSetup {
  readonly sessions: SessionLookup | undefined
  readonly valueBytesMax: number
  /** True, on the leader alone, while a key may not be locked because the session that held it has just ended. */
  readonly lockDelayed: (key: string) => boolean
}

/** Keys in transactions: every verb with its result and its refusal, in Consul's words (protocol/servers.md §13.2). */
export function kvTransactions({ sessions, valueBytesMax, lockDelayed }: KvTransactionsSetup): KvTransactions {
  return {
    valueBytesMax,
    isWrite: ({ Verb }) => Object.hasOwn(refusals, Verb),
    prepare(op) {
      if (op.DirEnt.Key === '' && op.Verb !== 'delete-tree') throw new KvRefusedError('Must provide key')
      if (op.Verb === 'lock' && lockDelayed(op.DirEnt.Key)) {
        throw new KvRefusedError(`failed to lock key ${shown(op.DirEnt.Key)} due to lock delay`)
      }
      return op
    },
    apply: (tx, op) => (Object.hasOwn(refusals, op.Verb) ? write(tx, op, sessions) : read(tx, op)),
    read,
  }
}

/** The verbs that write, and what is said of one whose condition does not hold. */
const refusals: Readonly<Record<KvOp, (key: string) => string>> = {
  set: staleSet,
  cas: staleSet,
  delete: staleDelete,
  'delete-cas': staleDelete,
  'delete-tree': staleDelete,
  lock: (key) => `failed to lock key ${key}, lock is already held`,
  unlock: (key) => `failed to unlock key ${key}, lock isn't held, or is held by another session`,
}

function staleSet(key: string): string {
  return `failed to set key ${key}, index is stale`
}

function staleDelete(key: string): string {
  return `failed to delete key ${key}, index is stale`
}

function write(tx: Transaction, { Verb, DirEnt }: TxnKVOp, sessions: SessionLookup | undefined): TxnResult[] {
  const held = applyKvs(tx, { Datacenter: '', Op: Verb, DirEnt, Token: '' }, sessions)
  if (held === false) throw new KvRefusedError(refusals[Verb as KvOp](shown(DirEnt.Key)))
  // What was deleted has nothing to show; everything else is there now.
  const row = Verb.startsWith('delete') ? undefined : tx.table(kvs).get(DirEnt.Key)
  return row === undefined ? [] : [withoutValue(row)]
}

function read(view: View, { Verb, DirEnt }: TxnKVOp): TxnResult[] {
  const row = view.table(kvs).get(DirEnt.Key)
  const key = shown(DirEnt.Key)
  switch (Verb) {
    case 'get':
      if (row === undefined) throw new KvRefusedError(`key ${key} doesn't exist`)
      return [result(toEntry(row))]
    case 'get-tree':
      return view
        .table(kvs)
        .list(DirEnt.Key)
        .map((below) => result(toEntry(below)))
    case 'check-session':
      if (row === undefined) throw new KvRefusedError(`failed to check session, key ${key} doesn't exist`)
      if (row.Session !== DirEnt.Session) {
        throw new KvRefusedError(
          `failed session check for key ${key}, current session ${goQuote(row.Session)} != ${goQuote(DirEnt.Session)}`,
        )
      }
      return [withoutValue(row)]
    case 'check-index':
      if (row === undefined) throw new KvRefusedError(`failed to check index, key ${key} doesn't exist`)
      if (row.ModifyIndex !== DirEnt.ModifyIndex) {
        throw new KvRefusedError(
          `failed index check for key ${key}, current modify index ${row.ModifyIndex} != ${DirEnt.ModifyIndex}`,
        )
      }
      return [withoutValue(row)]
    case 'check-not-exists':
      if (row !== undefined) throw new KvRefusedError(`key ${key} exists`)
      return []
    default:
      throw new KvRefusedError(`unknown KV verb ${goQuote(Verb)}`)
  }
}

/** Who writes or checks knows the value, or does not want it. */
function withoutValue(row: KvRow): TxnResult {
  return result({ ...toEntry(row), Value: null })
}

function result(KV: DirEntry): TxnResult {
  return { ...TxnResult.zero(), KV }
}

/** A key is a binary string; a sentence shows it as the text it was given as. */
function shown(key: string): string {
  return goQuote(Buffer.from(key, 'latin1').toString('utf8'))
}
