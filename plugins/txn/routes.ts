import { type HandlersOf, routesOf } from '../../src/openapi/routes.ts'
import { type TxnOp, TxnReadRequest, TxnReadResponse, TxnResponse } from '../../src/wire/structs/txn.ts'
import type { PlainReply, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { txnApi } from './api.ts'
import type { TxnOperations } from './operations.ts'
import { type TxnBodyRules, txnOps } from './request.ts'
import { txnApply, txnRead } from './rpc.ts'

export interface TxnRoutesSetup extends TxnBodyRules {
  readonly rpc: Rpc
  readonly operations: TxnOperations
  readonly bodyBytesMax: number
}

/** `/v1/txn`: several operations as one. */
export function txnRoutes(setup: TxnRoutesSetup): RouteDeclaration[] {
  const { operations, bodyBytesMax } = setup
  const settings = { bodyLimitBytes: bodyBytesMax, bodyLimitSetting: 'txn_max_req_len' }
  const handlers: HandlersOf<typeof txnApi> = {
    async 'PUT /v1/txn'(request) {
      const ops = txnOps(await request.read(), setup)
      return operations.areReads(ops) ? read(setup, request, ops) : write(setup, request, ops)
    },
  }
  return routesOf(txnApi, handlers, settings)
}

type TxnHttpRequest = RequestOf<(typeof txnApi)['PUT /v1/txn']>

async function write({ rpc }: TxnRoutesSetup, request: TxnHttpRequest, Ops: TxnOp[]): Promise<PlainReply> {
  const reply = await rpc.call(txnApply, { Datacenter: request.datacenter, Ops, Token: '' }, request)
  return answer(reply.Errors === null, TxnResponse.toJson(reply))
}

/** Needs no entry in the log. Answered as consistently as any other read, with its headers but without an index. */
async function read({ rpc }: TxnRoutesSetup, request: TxnHttpRequest, Ops: TxnOp[]): Promise<PlainReply> {
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
