import { bytes, byteText, type Infer, index, int, list, optional, struct, text, uint64 } from '../schema.ts'
import { HealthCheck, Node, NodeService } from './catalog.ts'
import { IntentionRequest } from './intention.ts'
import { DirEntry } from './kv.ts'
import { queryMeta, queryOptions, writeRequest } from './query.ts'
import { Session } from './session.ts'

export const TxnKVOp = struct('TxnKVOp', { Verb: text(), DirEnt: DirEntry })
export type TxnKVOp = Infer<typeof TxnKVOp>

export const TxnNodeOp = struct('TxnNodeOp', { Verb: text(), Node: Node })
export type TxnNodeOp = Infer<typeof TxnNodeOp>

export const TxnServiceOp = struct('TxnServiceOp', { Verb: text(), Node: text(), Service: NodeService })
export type TxnServiceOp = Infer<typeof TxnServiceOp>

export const TxnCheckOp = struct('TxnCheckOp', { Verb: text(), Check: HealthCheck })
export type TxnCheckOp = Infer<typeof TxnCheckOp>

export const TxnSessionOp = struct('TxnSessionOp', { Verb: text(), Session: Session })
export type TxnSessionOp = Infer<typeof TxnSessionOp>

/** The same fields as a request of its own. */
export const TxnIntentionOp = IntentionRequest
export type TxnIntentionOp = Infer<typeof TxnIntentionOp>

/** One operation: exactly one of its fields is set. */
export const TxnOp = struct('TxnOp', {
  KV: optional(TxnKVOp),
  Node: optional(TxnNodeOp),
  Service: optional(TxnServiceOp),
  Check: optional(TxnCheckOp),
  Session: optional(TxnSessionOp),
  Intention: optional(TxnIntentionOp),
})
export type TxnOp = Infer<typeof TxnOp>

export const TxnRequest = struct('TxnRequest', { Datacenter: text(), Ops: list(TxnOp), ...writeRequest })
export type TxnRequest = Infer<typeof TxnRequest>

export const TxnReadRequest = struct('TxnReadRequest', { Datacenter: text(), Ops: list(TxnOp), ...queryOptions })
export type TxnReadRequest = Infer<typeof TxnReadRequest>

export const TxnResult = struct('TxnResult', {
  KV: optional(DirEntry, { omitEmpty: true }),
  Node: optional(Node, { omitEmpty: true }),
  Service: optional(NodeService, { omitEmpty: true }),
  Check: optional(HealthCheck, { omitEmpty: true }),
})
export type TxnResult = Infer<typeof TxnResult>

/** `OpIndex` counts the operations of the request from 0. */
export const TxnError = struct('TxnError', { OpIndex: int(), What: text() })
export type TxnError = Infer<typeof TxnError>

export const TxnResponse = struct('TxnResponse', { Results: list(TxnResult), Errors: list(TxnError) })
export type TxnResponse = Infer<typeof TxnResponse>

export const TxnReadResponse = struct('TxnReadResponse', {
  Results: list(TxnResult),
  Errors: list(TxnError),
  ...queryMeta,
})
export type TxnReadResponse = Infer<typeof TxnReadResponse>

/** A KV operation as it stands in the body of `/v1/txn`. */
export const TxnKVBody = struct('TxnKVBody', {
  Verb: text(),
  Key: byteText(),
  Value: bytes(),
  Flags: uint64(),
  Index: index(),
  Session: text(),
})
export type TxnKVBody = Infer<typeof TxnKVBody>

/** One element of the body of `/v1/txn`. */
export const TxnOpBody = struct('TxnOpBody', {
  KV: optional(TxnKVBody),
  Node: optional(TxnNodeOp),
  Service: optional(TxnServiceOp),
  Check: optional(TxnCheckOp),
})
export type TxnOpBody = Infer<typeof TxnOpBody>
