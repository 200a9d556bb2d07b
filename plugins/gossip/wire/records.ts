import { record } from './record.ts'

/** First bytes of messages (protocol/gossip.md §2). */
export const messageType = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  hasCrc: 12,
  error: 13,
  hasLabel: 244,
} as const

/** Records of memberlist, each in the order of its declaration there. */
export const pingRecord = record({
  SeqNo: 'u32',
  Node: 'text',
  SourceAddr: 'bytes?',
  SourcePort: 'u16?',
  SourceNode: 'text?',
})
export const indirectPingRecord = record({
  SeqNo: 'u32',
  Target: 'bytes',
  Port: 'u16',
  Node: 'text',
  Nack: 'bool',
  SourceAddr: 'bytes?',
  SourcePort: 'u16?',
  SourceNode: 'text?',
})
export const ackRecord = record({ SeqNo: 'u32', Payload: 'bytes' })
export const nackRecord = record({ SeqNo: 'u32' })
export const accusationRecord = record({ Incarnation: 'u32', Node: 'text', From: 'text' })
export const aliveRecord = record({
  Incarnation: 'u32',
  Node: 'text',
  Addr: 'bytes',
  Port: 'u16',
  Meta: 'bytes',
  Vsn: 'bytes',
})
export const compressRecord = record({ Algo: 'u8', Buf: 'bytes' })
export const errorRecord = record({ Error: 'text' })
export const userHeaderRecord = record({ UserMsgLen: 'int' })
export const pushPullHeaderRecord = record({ Nodes: 'int', UserStateLen: 'int', Join: 'bool' })
export const pushPullNodeRecord = record({
  Name: 'text',
  Addr: 'bytes',
  Port: 'u16',
  Meta: 'bytes',
  Incarnation: 'u32',
  State: 'int',
  Vsn: 'bytes',
})
