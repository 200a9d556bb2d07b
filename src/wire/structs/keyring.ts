import { bool, type Infer, int, list, map, struct, text } from '../schema.ts'
import { queryMeta, queryOptions } from './query.ts'

/** What is to become of a pool's keys. `Operation`: list, install, use, remove; `Forwarded`: asked by another datacenter's server. */
export const KeyringRequest = struct('KeyringRequest', {
  Operation: text(),
  Key: text(),
  Datacenter: text(),
  Forwarded: bool(),
  RelayFactor: int(),
  LocalOnly: bool(),
  ...queryOptions,
})
export type KeyringRequest = Infer<typeof KeyringRequest>

/** What the members of one pool answered. `Keys` counts the members that hold each key, `PrimaryKeys` those that use it. */
export const KeyringResponse = struct('KeyringResponse', {
  WAN: bool(),
  Datacenter: text(),
  Segment: text(),
  Messages: map(text(), { omitEmpty: true }),
  Keys: map(int()),
  PrimaryKeys: map(int()),
  NumNodes: int(),
  Error: text({ omitEmpty: true }),
})
export type KeyringResponse = Infer<typeof KeyringResponse>

export const KeyringResponses = struct('KeyringResponses', { Responses: list(KeyringResponse), ...queryMeta })
export type KeyringResponses = Infer<typeof KeyringResponses>

/** The body of keyring requests. */
export const KeyringBody = struct('KeyringBody', { Key: text() })
