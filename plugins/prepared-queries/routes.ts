import { sessionIdFlaw } from '../../src/rules/session-ids.ts'
import type { Store } from '../../src/store/store.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { JsonDecodeError } from '../../src/wire/schema.ts'
import {
  PreparedQuery,
  PreparedQueryExecuteResponse,
  PreparedQueryExplainResponse,
  PreparedQueryRequest,
} from '../../src/wire/structs/prepared-query.ts'
import { type QueryMeta, QuerySource } from '../../src/wire/structs/query.ts'
import type {
  ApiRequest,
  LiveReply,
  PlainReply,
  RenderedAnswer,
  Reply,
  RouteDeclaration,
} from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { PreparedQueryRefusedError, QueryNotFoundError } from './errors.ts'
import type { Execution, Executor } from './executor.ts'
import { booleanParameter, clientAddress, limitParameter } from './parameters.ts'
import { queriesQuestion, queryQuestion, type Resolved, requireResolved, resolveQuestion } from './queries.ts'

export interface QueryRoutesSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly executor: Executor
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
  /** Has the leader check, complete and commit a request; gives the id of the query. */
  readonly apply: (request: PreparedQueryRequest, signal: AbortSignal) => Promise<string>
}

/** `/v1/query…`: questions to the catalog that are written once and asked by name. */
export function queryRoutes(setup: QueryRoutesSetup): RouteDeclaration[] {
  const { store, consensus, executor, datacenter, nodeName } = setup
  const ask = store.queries.ask.bind(store.queries)

  async function create(request: ApiRequest): Promise<Reply> {
    const body = await request.json()
    if (body === undefined) throw new JsonDecodeError('EOF')
    const ID = await write(request, 'create', PreparedQuery.fromJson(body))
    return { ...empty, type: 'application/json', body: JSON.stringify({ ID }), json: true }
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

  function write(request: ApiRequest, Op: string, Query: PreparedQuery): Promise<string> {
    const asked = request.query.get('dc') ?? ''
    if (asked !== '' && asked.toLowerCase() !== datacenter) throw new NoPathToDatacenterError()
    return setup.apply({ ...PreparedQueryRequest.zero(), Datacenter: datacenter, Op, Query }, request.signal)
  }

  /** Names may hold slashes, so what is asked of them may stand in the rest of the path. */
  function read(request: ApiRequest): Reply | Promise<Reply> {
    const id = request.params.id ?? ''
    if (id.endsWith('/execute')) return execute(request, id.slice(0, -'/execute'.length))
    if (id.endsWith('/explain')) return explain(request, id.slice(0, -'/explain'.length))
    const flaw = sessionIdFlaw(id)
    if (flaw !== undefined) {
      const error = new PreparedQueryRefusedError(`failed prepared query lookup: index error: ${flaw}`)
      return { kind: 'failedRead', error }
    }
    const query = ask(queryQuestion(id))
    // There is nothing to wait for: one that is not there will never come.
    if (request.options.index > 0 && query.current().value.length === 0) throw new QueryNotFoundError()
    return { kind: 'live', query, effectiveConsistency: true, render: orNotFound }
  }

  function execute(request: ApiRequest, idOrName: string): Reply | Promise<Reply> {
    const { options, query: parameters, signal } = request
    const { datacenter: Datacenter, near = '' } = options
    const execution: Execution = {
      limit: limitParameter(parameters.get('limit')),
      connect: booleanParameter('connect', parameters.get('connect')),
      source: { ...QuerySource.zero(), Datacenter, Node: near, Ip: clientAddress(request) },
      agentNode: nodeName,
    }
    const show = (response: PreparedQueryExecuteResponse): RenderedAnswer =>
      json(PreparedQueryExecuteResponse.toJson({ ...response, ...meta(options.consistency) }))
    const query = ask(resolveQuestion(idOrName, ''))
    const reply = (render: (query: PreparedQuery) => RenderedAnswer): LiveReply => ({
      ...once,
      query,
      cacheable: true,
      render: (resolved: Resolved) => found(resolved, render),
    })
    const resolved = query.current().value.query
    if (Datacenter !== datacenter || resolved === undefined || !executor.canFailOver(resolved)) {
      return reply((it) => show(executor.here(it, execution)))
    }
    return executor.anywhere(resolved, execution, signal).then((response) => reply(() => show(response)))
  }

  function explain({ options }: ApiRequest, idOrName: string): Reply {
    const show = (Query: PreparedQuery): RenderedAnswer =>
      json(PreparedQueryExplainResponse.toJson({ Query, ...meta(options.consistency) }))
    return {
      ...once,
      query: ask(resolveQuestion(idOrName, '')),
      render: (resolved: Resolved) => found(resolved, show),
    }
  }

  /** These answers show in their body what others have in headers. */
  function meta(consistency: keyof typeof consistencyNames): QueryMeta {
    return {
      Index: 1,
      LastContact: Math.round((consensus.lastContactMs() ?? 0) * 1e6),
      KnownLeader: consensus.leader() !== undefined,
      ConsistencyLevel: consistencyNames[consistency],
      NotModified: false,
      Backend: 0,
    }
  }

  return [
    { methods: ['POST'], path: '/v1/query', summary: 'Stores a new query; answers its id.', answer: create },
    {
      methods: ['GET'],
      path: '/v1/query',
      summary: 'Every query.',
      hot: true,
      answer: () => ({ kind: 'live', query: ask(queriesQuestion()), effectiveConsistency: true }),
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
const empty: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
const once = { kind: 'live', effectiveConsistency: true, neverBlocks: true } as const

/** Consul sends this refusal before it knows the headers of the read. */
const notFound: RenderedAnswer = {
  status: 404,
  type: 'text/plain; charset=utf-8',
  body: new QueryNotFoundError().message,
  bare: true,
}

const orNotFound: LiveReply['render'] = (rows: readonly PreparedQuery[], bytes) =>
  rows.length > 0 ? { status: 200, type: 'application/json', body: bytes() } : notFound

function found(resolved: Resolved, render: (query: PreparedQuery) => RenderedAnswer): RenderedAnswer {
  return resolved.query === undefined && resolved.refused === undefined ? notFound : render(requireResolved(resolved))
}

function json(body: string): RenderedAnswer {
  return { status: 200, type: 'application/json', body }
}
