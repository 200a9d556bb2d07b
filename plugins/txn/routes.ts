import type { Store } from '../../src/store/store.ts'
import { NoLeaderError, NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { type TxnError, type TxnOp, TxnReadResponse, TxnResponse, type TxnResult } from '../../src/wire/structs/txn.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { TxnFailedError } from './errors.ts'
import type { TxnOperations } from './operations.ts'
import { bodyPrefix, parseTxn, type TxnBodyRules } from './request.ts'

export interface TxnRoutesSetup extends TxnBodyRules {
  readonly store: Store
  readonly consensus: Consensus
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
async function write(setup: TxnRoutesSetup, request: ApiRequest, ops: readonly TxnOp[]): Promise<PlainReply> {
  const { operations, consensus, datacenter } = setup
  requireOwn(request.query.get('dc')?.toLowerCase() || datacenter, datacenter)
  const settled = await settle(async () => {
    const command = { Datacenter: datacenter, Ops: operations.prepare(ops), Token: '' }
    return (await consensus.propose('Txn', command)) as TxnResult[]
  })
  return reply(settled, TxnResponse.toJson(settled))
}

/** Needs no entry in the log. Answered as consistently as any other read, with its headers but without an index. */
async function read(setup: TxnRoutesSetup, request: ApiRequest, ops: readonly TxnOp[]): Promise<PlainReply> {
  const { operations, consensus, datacenter, store } = setup
  const { options } = request
  requireOwn(options.datacenter, datacenter)
  if (options.consistency === 'consistent') await consensus.verifyLeader(request.signal)
  const KnownLeader = consensus.leader() !== undefined
  if (options.consistency === 'default' && !KnownLeader) throw new NoLeaderError()
  const lastContactMs = Math.round(consensus.lastContactMs() ?? 0)
  const settled = await settle(() => operations.read(store.latest, operations.prepare(ops)))
  const meta = {
    Index: 1,
    LastContact: lastContactMs * nanosPerMs,
    KnownLeader,
    ConsistencyLevel: '',
    NotModified: false,
    Backend: 0,
  }
  return reply(settled, TxnReadResponse.toJson({ ...settled, ...meta }), {
    'X-Consul-KnownLeader': String(KnownLeader),
    'X-Consul-LastContact': String(lastContactMs),
  })
}

const nanosPerMs = 1e6

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

function reply({ Errors }: Settled, body: string, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return { kind: 'plain', status: Errors === null ? 200 : 409, type: 'application/json', body, json: true, headers }
}

function requireOwn(asked: string, own: string): void {
  if (asked !== own) throw new NoPathToDatacenterError()
}
