import { goQuote } from '../../src/filter/go-text.ts'
import type { DirEntry } from '../../src/wire/structs/kv.ts'
import { type TxnKVBody, TxnOp, type TxnOpBody } from '../../src/wire/structs/txn.ts'
import { TxnTooLargeError } from './errors.ts'

/** Most operations in one transaction, as in Consul 1.10. */
export const operationsMax = 64

export interface TxnBodyRules {
  /** Of nodes that name none. */
  readonly datacenter: string
  readonly valueBytesMax: number
}

/** What the body of `/v1/txn` asks for: elements that hold no operation are left out, as in Consul. Throws a 413. */
export function txnOps(body: readonly TxnOpBody[] | null, { datacenter, valueBytesMax }: TxnBodyRules): TxnOp[] {
  const elements = body ?? []
  if (elements.length > operationsMax) {
    throw new TxnTooLargeError(`Transaction contains too many operations (${elements.length} > ${operationsMax})`)
  }
  const none = TxnOp.zero()
  return elements.flatMap(({ KV, Node, Service, Check }): TxnOp[] => {
    if (KV !== null) return [{ ...none, KV: { Verb: KV.Verb, DirEnt: entryOf(KV, valueBytesMax) } }]
    if (Node !== null) {
      const Datacenter = Node.Node.Datacenter || datacenter
      return [{ ...none, Node: { ...Node, Node: { ...Node.Node, Datacenter } } }]
    }
    if (Service !== null) return [{ ...none, Service }]
    return Check === null ? [] : [{ ...none, Check }]
  })
}

function entryOf({ Key, Value, Flags, Index, Session }: TxnKVBody, valueBytesMax: number): DirEntry {
  const sizeBytes = Value?.length ?? 0
  if (sizeBytes > valueBytesMax) {
    const key = goQuote(Buffer.from(Key, 'latin1').toString('utf8'))
    throw new TxnTooLargeError(`Value for key ${key} is too large (${sizeBytes} > ${valueBytesMax} bytes)`)
  }
  return {
    LockIndex: 0,
    Key,
    Flags,
    Value: sizeBytes === 0 ? null : Value,
    Session,
    CreateIndex: 0,
    ModifyIndex: Index,
  }
}
