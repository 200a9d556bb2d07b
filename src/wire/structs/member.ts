import { type Infer, int, map, struct, text } from '../schema.ts'

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
