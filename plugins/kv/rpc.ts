import { method, readMethod } from '../../src/rpc/method.ts'
import { bool, message } from '../../src/wire/schema.ts'
import { IndexedDirEntries, IndexedKeyList, KeyListRequest, KeyRequest, KVSRequest } from '../../src/wire/structs/kv.ts'
import type { Consensus } from '../raft/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { KvRefusedError, KvRequestError } from './errors.ts'
import { EntryQuestion, NamesQuestion, TreeQuestion } from './queries.ts'
import { toEntry, toRow } from './tables.ts'

/** One key. */
export const kvGet = readMethod({
  name: 'KVS.Get',
  request: KeyRequest,
  reply: IndexedDirEntries,
  toRequest: (Key: string) => ({ Key }),
  fromRequest: ({ Key }) => Key,
  question: (key) => new EntryQuestion(key),
  toReply: (row) => ({ Entries: row === undefined ? null : [toEntry(row)] }),
  fromReply: ({ Entries }) => Entries?.map(toRow)[0],
})

/** Everything below a prefix. */
export const kvList = readMethod({
  name: 'KVS.List',
  request: KeyRequest,
  reply: IndexedDirEntries,
  toRequest: (Key: string) => ({ Key }),
  fromRequest: ({ Key }) => Key,
  question: (prefix) => new TreeQuestion(prefix),
  toReply: ({ items }) => ({ Entries: items.length === 0 ? null : items.map(toEntry) }),
  fromReply: ({ Entries, Index }) => ({ items: (Entries ?? []).map(toRow), index: Index }),
})

/** Names below a prefix, cut behind a separator unless that is empty. Both are binary strings. */
export const kvNames = readMethod({
  name: 'KVS.ListKeys',
  request: KeyListRequest,
  reply: IndexedKeyList,
  toRequest: ({ prefix, separator }: { readonly prefix: string; readonly separator: string }) => ({
    Prefix: prefix,
    Seperator: separator,
  }),
  fromRequest: ({ Prefix, Seperator }) => ({ prefix: Prefix, separator: Seperator }),
  question: ({ prefix, separator }) => new NamesQuestion(prefix, separator),
  toReply: ({ items }) => ({ Keys: items.length === 0 ? null : items }),
  fromReply: ({ Keys, Index }) => ({ items: Keys ?? [], index: Index }),
})

/** One write. True when its condition held; false too for operations without one (protocol/servers.md §6.3). */
export const kvApply = method({ name: 'KVS.Apply', request: KVSRequest, reply: message(bool()) })

export interface KvMethodsSetup {
  readonly consensus: Consensus
  /** True while a key may not be locked because the session that held it has just ended. */
  readonly lockDelayed: (key: string) => boolean
}

/** What the server port knows of keys. */
export function addKvMethods(methods: MethodTable, { consensus, lockDelayed }: KvMethodsSetup): void {
  methods.reads(kvGet, kvList, kvNames)
  methods.add(kvApply, 'leader', (request) => {
    const { Op, DirEnt } = request
    if (DirEnt.Key === '' && Op !== 'delete-tree') throw new KvRequestError('Must provide key')
    if (Op === 'lock' && lockDelayed(DirEnt.Key)) return false
    // Without the caller's signal: one that goes away does not take its write back.
    return consensus.propose('KVS', request).then(held, refused)
  })
}

function held(result: unknown): boolean {
  return result === true
}

function refused(error: unknown): never {
  if (!(error instanceof KvRefusedError)) throw error
  throw new KvRefusedError(`raft apply failed: ${error.message}`, { cause: error })
}
