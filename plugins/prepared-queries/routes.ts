import { RemoteError } from '../../src/rpc/errors.ts'
import { datacenterOf } from '../../src/rules/datacenter.ts'
import { Answer } from '../../src/store/answer.ts'
import { JsonDecodeError } from '../../src/wire/schema.ts'
import {
  PreparedQuery,
  PreparedQueryExecuteRequest,
  PreparedQueryExecuteResponse,
  PreparedQueryExplainResponse,
  PreparedQueryRequest,
} from '../../src/wire/structs/prepared-query.ts'
import { type QueryMeta, QuerySource } from '../../src/wire/structs/query.ts'
import type {
  ApiRequest,
  LiveReply,
  PlainReply,
  ReadOptions,
  RenderedAnswer,
  Reply,
  RouteDeclaration,
} from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { QueryNotFoundError } from './errors.ts'
import { booleanParameter, clientAddress, limitParameter } from './parameters.ts'
import { goodId, queryApply, queryExecute, queryExplain, queryGet, queryList } from './rpc.ts'

export interface QueryRoutesSetup {
  readonly rpc: Rpc
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
}

/** `/v1/query…`: questions to the catalog that are written once and asked by name. */
export function queryRoutes({ rpc, datacenter, nodeName }: QueryRoutesSetup): RouteDeclaration[] {
  async function create(request: ApiRequest): Promise<Reply> {
    const body = await request.json()
    if (body === undefined) throw new JsonDecodeError('EOF')
    const ID = await write(request, 'create', PreparedQuery.fromJson(body))
    return json(JSON.stringify({ ID }))
  }

  async function update(request: ApiRequest): Promise<Reply> {
    const query = PreparedQuery.fromJson(await request.json())
    await write(request, 'update', { ...query, ID: request.params.id ?? '' })
    return empty
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    await write(request, 'delete', { ...PreparedQuery.zero(), ID: request.params.id ?? '' })
    return empty
  }

  function write({ query }: ApiRequest, Op: string, Query: PreparedQuery): Promise<string> {
    const Datacenter = datacenterOf(query.get('dc'), datacenter)
    return rpc.call(queryApply, { ...PreparedQueryRequest.zero(), Datacenter, Op, Query })
  }

  /** Names may hold slashes, so what is asked of them may stand in the rest of the path. */
  function read(request: ApiRequest): Reply | Promise<Reply> {
    const id = request.params.id ?? ''
    if (id.endsWith('/execute')) return execute(request, id.slice(0, -'/execute'.length))
    if (id.endsWith('/explain')) return explain(request, id.slice(0, -'/explain'.length))
    try {
      const asked = rpc.read(queryGet, goodId(id))
      const { query } = asked
      // There is nothing to wait for: one that is not there will never come.
      if (rpc.place(request.options) === 'here' && query.current().value.length === 0) return notFound
      return { kind: 'live', query, remote: emptyWhenNotFound(asked), ...shown, render: orNotFound }
    } catch (error) {
      return { kind: 'failedRead', error }
    }
  }

  function execute(request: ApiRequest, idOrName: string): Promise<Reply> {
    const { options, query } = request
    const asked: PreparedQueryExecuteRequest = {
      ...question(request, idOrName),
      Limit: limitParameter(query.get('limit')),
      Connect: booleanParameter('connect', query.get('connect')),
    }
    return answered(options, async () => {
      const reply = await rpc.call(queryExecute, asked, request.signal)
      return { reply, body: PreparedQueryExecuteResponse.toJson({ ...reply, ...levelOf(options) }) }
    })
  }

  function explain(request: ApiRequest, idOrName: string): Promise<Reply> {
    const { options } = request
    const asked = question(request, idOrName)
    return answered(options, async () => {
      const reply = await rpc.call(queryExplain, asked, request.signal)
      return { reply, body: PreparedQueryExplainResponse.toJson({ ...reply, ...levelOf(options) }) }
    })
  }

  function question(request: ApiRequest, QueryIDOrName: string): PreparedQueryExecuteRequest {
    const { options } = request
    return {
      ...PreparedQueryExecuteRequest.zero(),
      Datacenter: options.datacenter,
      QueryIDOrName,
      Source: {
        ...QuerySource.zero(),
        Datacenter: options.datacenter,
        Node: options.near ?? '',
        Ip: clientAddress(request),
      },
      Agent: { ...QuerySource.zero(), Datacenter: datacenter, Node: nodeName },
      AllowStale: options.consistency === 'stale',
      RequireConsistent: options.consistency === 'consistent',
    }
  }

  return [
    { methods: ['POST'], path: '/v1/query', summary: 'Stores a new query; answers its id.', answer: create },
    {
      methods: ['GET'],
      path: '/v1/query',
      summary: 'Every query.',
      hot: true,
      answer: () => live(rpc.read(queryList, undefined)),
    },
    { methods: ['GET'], path: '/v1/query/:id', summary: 'A query by its id.', answer: read },
    { methods: ['PUT'], path: '/v1/query/:id', summary: 'Replaces a query.', answer: update },
    { methods: ['DELETE'], path: '/v1/query/:id', summary: 'Removes a query.', answer: remove },
    {
      methods: ['GET'],
      path: '/v1/query/:id/execute',
      summary: 'Carries out a query, found by id or name.',
      answer: (request) => execute(request, request.params.id ?? ''),
    },
    {
      methods: ['GET'],
      path: '/v1/query/:id/explain',
      summary: 'Shows what is carried out for a name: a template, filled in.',
      answer: (request) => explain(request, request.params.id ?? ''),
    },
  ]
}

const consistencyNames = { default: 'leader', consistent: 'consistent', stale: 'stale' } as const
const shown = { effectiveConsistency: true } as const
const empty: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }

/** Consul sends this refusal before it knows the headers of the read. */
const notFound: PlainReply & RenderedAnswer = {
  kind: 'plain',
  status: 404,
  type: 'text/plain; charset=utf-8',
  body: new QueryNotFoundError().message,
  bare: true,
}

const orNotFound: LiveReply['render'] = (rows: readonly PreparedQuery[], bytes) =>
  rows.length > 0 ? { status: 200, type: 'application/json', body: bytes() } : notFound

function live(read: Read<readonly PreparedQuery[]>): LiveReply {
  return { kind: 'live', query: read.query, remote: read, ...shown }
}

/** An answer that cannot be waited for: it shows in its body what others have in headers, and has the headers, too. */
async function answered(
  options: ReadOptions,
  ask: () => Promise<{ readonly reply: QueryMeta; readonly body: string }>,
): Promise<Reply> {
  try {
    const { reply, body } = await ask()
    return json(body, {
      'X-Consul-Index': String(Math.max(1, reply.Index)),
      'X-Consul-KnownLeader': String(reply.KnownLeader),
      'X-Consul-LastContact': String(Math.round(reply.LastContact / 1e6)),
      'X-Consul-Query-Backend': 'blocking-query',
      'X-Consul-Effective-Consistency': consistencyNames[options.consistency],
      ...(options.cached && { 'X-Cache': 'MISS' }),
    })
  } catch (error) {
    if (isNotFound(error)) return { ...notFound, body: error.message }
    return { kind: 'failedRead', error }
  }
}

function levelOf({ consistency }: ReadOptions): Pick<QueryMeta, 'ConsistencyLevel'> {
  return { ConsistencyLevel: consistencyNames[consistency] }
}

/** Servers say by an error that a query is not there; to readers here that is an answer. */
function emptyWhenNotFound(read: Read<readonly PreparedQuery[]>): Read<readonly PreparedQuery[]> {
  const nothing = (error: unknown) => {
    if (!isNotFound(error)) throw error
    const owner = { encode: () => Buffer.from('[]'), grew: () => {} }
    return { answer: new Answer<readonly PreparedQuery[]>(owner, [], 1), contact: { known: true, lastContactMs: 0 } }
  }
  return {
    query: read.query,
    fetch: (...how) => read.fetch(...how).catch(nothing),
    wait: (...how) => read.wait(...how).catch(nothing),
  }
}

function isNotFound(error: unknown): error is Error {
  if (error instanceof QueryNotFoundError) return true
  return error instanceof RemoteError && error.text.includes(new QueryNotFoundError().message)
}

function json(body: string, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true, headers }
}
