import { method } from '../../src/rpc/method.ts'
import type { Store } from '../../src/store/store.ts'
import {
  type TxnError,
  TxnReadRequest,
  TxnReadResponse,
  TxnRequest,
  TxnResponse,
  type TxnResult,
} from '../../src/wire/structs/txn.ts'
import type { Consensus } from '../raft/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { TxnFailedError } from './errors.ts'
import type { TxnOperations } from './operations.ts'

/** Several operations as one. What is refused is in the reply, in place of results. */
export const txnApply = method({ name: 'Txn.Apply', request: TxnRequest, reply: TxnResponse })

/** The same for operations that only read, which need no entry in the log. */
export const txnRead = method({ name: 'Txn.Read', request: TxnReadRequest, reply: TxnReadResponse })

export interface TxnMethodsSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly operations: TxnOperations
}

const nanosPerMs = 1e6

/** What the server port knows of transactions. */
export function addTxnMethods(methods: MethodTable, { store, consensus, operations }: TxnMethodsSetup): void {
  methods.add(txnApply, 'leader', ({ Datacenter, Ops }) =>
    settle(async () => {
      const command = { Datacenter, Ops: operations.prepare(Ops ?? []), Token: '' }
      // Without the caller's signal: one that goes away does not take its write back.
      return (await consensus.propose('Txn', command)) as TxnResult[]
    }),
  )
  methods.add(txnRead, 'read', async ({ Ops }) => {
    const settled = await settle(() => operations.read(store.latest, operations.prepare(Ops ?? [])))
    return {
      ...settled,
      Index: 1,
      LastContact: Math.round(consensus.lastContactMs() ?? 0) * nanosPerMs,
      KnownLeader: consensus.leader() !== undefined,
      ConsistencyLevel: '',
      NotModified: false,
      Backend: 0,
    }
  })
}

interface Settled {
  readonly Results: TxnResult[] | null
  readonly Errors: TxnError[] | null
}

/** Refused operations are an answer, with what was wrong in place of results. */
async function settle(run: () => TxnResult[] | Promise<TxnResult[]>): Promise<Settled> {
  try {
    return { Results: await run(), Errors: null }
  } catch (error) {
    if (!(error instanceof TxnFailedError)) throw error
    return { Results: null, Errors: [...error.errors] }
  }
}
