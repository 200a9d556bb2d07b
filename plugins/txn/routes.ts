import { datacenterOf } from '../../src/rules/datacenter.ts'
import { type TxnOp, TxnReadRequest, TxnReadResponse, TxnResponse } from '../../src/wire/structs/txn.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import type { TxnOperations } from './operations.ts'
import { bodyPrefix, parseTxn, type TxnBodyRules } from './request.ts'
import { txnApply, txnRead } from './rpc.ts'

export interface TxnRoutesSetup extends TxnBodyRules {
  readonly rpc: Rpc
  readonly operations: TxnOperations
  readonly bodyBytesMax: number
}

/** `/v1/txn`: several operations as one. */
export function txnRoutes(setup: TxnRoutesSetup): RouteDeclaration[] {
  const { operations, bodyBytesMax } = setup
  return [
    {
      methods: ['PUT'],
      path: '/v1/txn',
      summary: 'Carries out operations on keys, nodes, services and checks in order, all of them or none.',
      bodyLimitBytes: bodyBytesMax,
      bodyLimitSetting: 'txn_max_req_len',
      answer: async (request) => {
        const ops = parseTxn(await request.json(bodyPrefix), setup)
        return operations.areReads(ops) ? read(setup, request, ops) : write(setup, request, ops)
      },
    },
  ]
}

/** Without the request's signal: a client that goes away does not take its write back, and waits only for its commit. */
async function write({ rpc, datacenter }: TxnRoutesSetup, request: ApiRequest, Ops: TxnOp[]): Promise<PlainReply> {
  const Datacenter = datacenterOf(request.query.get('dc'), datacenter)
  const reply = await rpc.call(txnApply, { Datacenter, Ops, Token: '' })
  return answer(reply.Errors === null, TxnResponse.toJson(reply))
}

/** Needs no entry in the log. Answered as consistently as any other read, with its headers but without an index. */
async function read({ rpc }: TxnRoutesSetup, request: ApiRequest, Ops: TxnOp[]): Promise<PlainReply> {
  const { consistency, datacenter } = request.options
  const asked = {
    ...TxnReadRequest.zero(),
    Datacenter: datacenter,
    Ops,
    AllowStale: consistency === 'stale',
    RequireConsistent: consistency === 'consistent',
  }
  const reply = await rpc.call(txnRead, asked, request.signal)
  return answer(reply.Errors === null, TxnReadResponse.toJson(reply), {
    'X-Consul-KnownLeader': String(reply.KnownLeader),
    'X-Consul-LastContact': String(Math.round(reply.LastContact / nanosPerMs)),
  })
}

const nanosPerMs = 1e6

function answer(done: boolean, body: string, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return { kind: 'plain', status: done ? 200 : 409, type: 'application/json', body, json: true, headers }
}
