import { bytes, byteText, type Infer, index, list, struct, text, uint64 } from '../schema.ts'
import { queryMeta, queryOptions, raftIndex, writeRequest } from './query.ts'

/** One key with its value. */
export const DirEntry = struct('DirEntry', {
  LockIndex: uint64(),
  Key: byteText(),
  Flags: uint64(),
  Value: bytes(),
  Session: text({ omitEmpty: true }),
  ...raftIndex,
})
export type DirEntry = Infer<typeof DirEntry>

/** Operations of KVSRequest and TxnKVOp, see protocol/servers.md §12.3. */
export type KvOp = 'set' | 'delete' | 'delete-cas' | 'delete-tree' | 'cas' | 'lock' | 'unlock'

export const KVSRequest = struct('KVSRequest', { Datacenter: text(), Op: text(), DirEnt: DirEntry, ...writeRequest })
export type KVSRequest = Infer<typeof KVSRequest>

export const KeyRequest = struct('KeyRequest', { Datacenter: text(), Key: byteText(), ...queryOptions })
export type KeyRequest = Infer<typeof KeyRequest>

/** `Seperator` is Consul's spelling. */
export const KeyListRequest = struct('KeyListRequest', {
  Datacenter: text(),
  Prefix: byteText(),
  Seperator: byteText(),
  ...queryOptions,
})
export type KeyListRequest = Infer<typeof KeyListRequest>

export const IndexedDirEntries = struct('IndexedDirEntries', { Entries: list(DirEntry), ...queryMeta })
export type IndexedDirEntries = Infer<typeof IndexedDirEntries>

export const IndexedKeyList = struct('IndexedKeyList', { Keys: list(byteText()), ...queryMeta })
export type IndexedKeyList = Infer<typeof IndexedKeyList>

export const TombstoneRequest = struct('TombstoneRequest', {
  Datacenter: text(),
  Op: text(),
  ReapIndex: index(),
  ...writeRequest,
})
export type TombstoneRequest = Infer<typeof TombstoneRequest>
