import { bool, type Infer, int, map, struct, text } from '../schema.ts'

/** A member of a gossip pool, as `/v1/agent/members` shows it. `Status`: 1 alive, 2 leaving, 3 left, 4 failed. */
export const Member = struct('Member', {
  Name: text(),
  Addr: text(),
  Port: int(),
  Tags: map(text()),
  Status: int(),
  ProtocolMin: int(),
  ProtocolMax: int(),
  ProtocolCur: int(),
  DelegateMin: int(),
  DelegateMax: int(),
  DelegateCur: int(),
})
export type Member = Infer<typeof Member>

/** What the members of one pool answered to a keyring request. `Keys` counts the members that hold each key. */
export const KeyringReply = struct('KeyringReply', {
  WAN: bool({ omitEmpty: true }),
  Datacenter: text(),
  Segment: text(),
  Messages: map(text(), { omitEmpty: true }),
  Keys: map(int()),
  PrimaryKeys: map(int()),
  NumNodes: int(),
})
export type KeyringReply = Infer<typeof KeyringReply>

/** The body of keyring requests. */
export const KeyringBody = struct('KeyringBody', { Key: text() })
