import { routesOf } from '../../src/openapi/routes.ts'
import { RemoteError } from '../../src/rpc/errors.ts'
import { Answer } from '../../src/store/answer.ts'
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
  RequestOf,
  RouteDeclaration,
} from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { preparedQueriesApi } from './api.ts'
import { clientAddress } from './client-address.ts'
import { QueryNotFoundError } from './errors.ts'
import { goodId, queryApply, queryExecute, queryExplain, queryGet, queryList } from './rpc.ts'

export interface QueryRoutesSetup {
  readonly rpc: Rpc
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
}

/** `/v1/query…`: questions to the catalog that are written once and asked by name. */
export function queryRoutes({ rpc, datacenter, nodeName }: QueryRoutesSetup): RouteDeclaration[] {
  function write(
    request: Pick<ApiRequest, 'datacenter' | 'signal'>,
    Op: string,
    Query: PreparedQuery,
  ): Promise<string> {
    return rpc.call(queryApply, { ...PreparedQueryRequest.zero(), Datacenter: request.datacenter, Op, Query }, request)
  }

  function execute(request: ExecuteRequest, idOrName: string): Promise<Reply> {
    const { options } = request
    const asked: PreparedQueryExecuteRequest = {
      ...question(request, idOrName),
      Limit: request.parameter('limit') ?? 0,
      Connect: request.parameter('connect') ?? false,
    }
    return answered(options, async () => {
      const { reply, headers } = options.cached
        ? await executeCached(request, asked)
        : { reply: await rpc.call(queryExecute, asked, request.signal), headers: none }
      return { reply, body: PreparedQueryExecuteResponse.toJson({ ...reply, ...levelOf(options) }), headers }
    })
  }

  async function executeCached(request: ExecuteRequest, asked: PreparedQueryExecuteRequest) {
    const { Datacenter, QueryIDOrName, Limit, Connect, Source } = asked
    // What is kept grows old anyway, so any server may give it.
    const ofAnyServer = { ...asked, AllowStale: true }
    const { bytes, headers } = await request.cached(
      [Datacenter, QueryIDOrName, Limit, Connect, Source.Node, Source.Ip],
      async (signal) => PreparedQueryExecuteResponse.encode(await rpc.call(queryExecute, ofAnyServer, signal)),
    )
    return { reply: PreparedQueryExecuteResponse.decode(bytes), headers }
  }

  function explain(request: ExplainRequest, idOrName: string): Promise<Reply> {
    const { options } = request
    const asked = question(request, idOrName)
    return answered(options, async () => {
      const reply = await rpc.call(queryExplain, asked, request.signal)
      return {
        reply,
        body: PreparedQueryExplainResponse.toJson({ ...reply, ...levelOf(options) }),
        headers: options.cached ? fetched : none,
      }
    })
  }

  function question(request: ExplainRequest, QueryIDOrName: string): PreparedQueryExecuteRequest {
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

  return routesOf(preparedQueriesApi, {
    async 'POST /v1/query'(request) {
      const ID = await write(request, 'create', await request.read())
      return json(JSON.stringify({ ID }))
    },
    'GET /v1/query': () => live(rpc.read(queryList, undefined)),

    /** Names may hold slashes, so what is asked of them may stand in the rest of the path. */
    'GET /v1/query/:id'(request) {
      const { id } = request.params
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
    },

    async 'PUT /v1/query/:id'(request) {
      const query = await request.read()
      await write(request, 'update', { ...query, ID: request.params.id })
      return empty
    },
    async 'DELETE /v1/query/:id'(request) {
      await write(request, 'delete', { ...PreparedQuery.zero(), ID: request.params.id })
      return empty
    },
    'GET /v1/query/:id/execute': (request) => execute(request, request.params.id),
    'GET /v1/query/:id/explain': (request) => explain(request, request.params.id),
  })
}

type Operations = typeof preparedQueriesApi
type ExecuteRequest = RequestOf<Operations['GET /v1/query/:id/execute']>
type ExplainRequest = RequestOf<Operations['GET /v1/query/:id/explain']>

const consistencyNames = { default: 'leader', consistent: 'consistent', stale: 'stale' } as const
const shown = { effectiveConsistency: true } as const
const none: Readonly<Record<string, string>> = {}
const fetched: Readonly<Record<string, string>> = { 'X-Cache': 'MISS' }
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
  options: Pick<ReadOptions, 'consistency'>,
  ask: () => Promise<{ reply: QueryMeta; body: string; headers: Readonly<Record<string, string>> }>,
): Promise<Reply> {
  try {
    const { reply, body, headers } = await ask()
    return json(body, {
      'X-Consul-Index': String(Math.max(1, reply.Index)),
      'X-Consul-KnownLeader': String(reply.KnownLeader),
      'X-Consul-LastContact': String(Math.round(reply.LastContact / 1e6)),
      'X-Consul-Query-Backend': 'blocking-query',
      'X-Consul-Effective-Consistency': consistencyNames[options.consistency],
      ...headers,
    })
  } catch (error) {
    if (isNotFound(error)) return { ...notFound, body: error.message }
    return { kind: 'failedRead', error }
  }
}

function levelOf({ consistency }: Pick<ReadOptions, 'consistency'>): Pick<QueryMeta, 'ConsistencyLevel'> {
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
