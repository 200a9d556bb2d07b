import type { Random } from '../../src/kernel/random.ts'
import { method, readMethod } from '../../src/rpc/method.ts'
import { sessionIdFlaw } from '../../src/rules/session-ids.ts'
import type { Store } from '../../src/store/store.ts'
import { message, text } from '../../src/wire/schema.ts'
import {
  IndexedPreparedQueries,
  type PreparedQuery,
  PreparedQueryExecuteRemoteRequest,
  PreparedQueryExecuteRequest,
  PreparedQueryExecuteResponse,
  PreparedQueryExplainResponse,
  PreparedQueryRequest,
  PreparedQuerySpecificRequest,
} from '../../src/wire/structs/prepared-query.ts'
import { DCSpecificRequest, type QueryMeta, type QuerySource } from '../../src/wire/structs/query.ts'
import type { Consensus } from '../raft/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { PreparedQueryRefusedError, QueryNotFoundError } from './errors.ts'
import type { Executor } from './executor.ts'
import { prepareRequest } from './prepare.ts'
import { queriesQuestion, queryQuestion, requireResolved, resolveQuestion } from './queries.ts'

const lists = {
  fromReply: ({ Queries }: IndexedPreparedQueries) => Queries ?? [],
}

/** One query by its id; asked by another agent, one that is not there is an error. */
export const queryGet = readMethod({
  name: 'PreparedQuery.Get',
  request: PreparedQuerySpecificRequest,
  reply: IndexedPreparedQueries,
  toRequest: (QueryID: string) => ({ QueryID }),
  fromRequest: ({ QueryID }) => goodId(QueryID),
  question: queryQuestion,
  toReply: (rows: readonly PreparedQuery[]) => {
    if (rows.length === 0) throw new QueryNotFoundError()
    return { Queries: rows }
  },
  ...lists,
})

/** Every query. */
export const queryList = readMethod({
  name: 'PreparedQuery.List',
  request: DCSpecificRequest,
  reply: IndexedPreparedQueries,
  toRequest: () => ({}),
  fromRequest: () => undefined,
  question: queriesQuestion,
  toReply: (rows: readonly PreparedQuery[]) => ({ Queries: rows.length === 0 ? null : rows }),
  ...lists,
})

/** Stores, replaces or removes a query; gives its id. */
export const queryApply = method({
  name: 'PreparedQuery.Apply',
  request: PreparedQueryRequest,
  reply: message(text()),
})

/** Carries out the query of an id or name, in other datacenters where this one has nothing. */
export const queryExecute = method({
  name: 'PreparedQuery.Execute',
  request: PreparedQueryExecuteRequest,
  reply: PreparedQueryExecuteResponse,
})

/** Carries out a query for the servers of another datacenter. */
export const queryExecuteRemote = method({
  name: 'PreparedQuery.ExecuteRemote',
  request: PreparedQueryExecuteRemoteRequest,
  reply: PreparedQueryExecuteResponse,
})

/** What would be carried out for an id or name. */
export const queryExplain = method({
  name: 'PreparedQuery.Explain',
  request: PreparedQueryExecuteRequest,
  reply: PreparedQueryExplainResponse,
})

export interface QueryMethodsSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly random: Random
  readonly executor: Executor
}

/** What the server port knows of prepared queries. */
export function addQueryMethods(methods: MethodTable, setup: QueryMethodsSetup): void {
  const { store, consensus, random, executor } = setup

  const resolve = (idOrName: string, { Segment }: QuerySource) =>
    requireResolved(store.queries.ask(resolveQuestion(idOrName, Segment)).current().value)

  /** These replies have no index: nobody can wait for them. */
  const meta = (): Omit<QueryMeta, 'ConsistencyLevel'> => ({
    Index: 1,
    LastContact: Math.round((consensus.lastContactMs() ?? 0) * 1e6),
    KnownLeader: consensus.leader() !== undefined,
    NotModified: false,
    Backend: 0,
  })

  methods.reads(queryGet, queryList)

  methods.add(queryApply, 'leader', async (request) => {
    const prepared = prepareRequest(request, store.latest, random)
    try {
      // Without the caller's signal: one that goes away does not take its write back.
      await consensus.propose('PreparedQuery', prepared)
    } catch (error) {
      if (!(error instanceof PreparedQueryRefusedError)) throw error
      throw new PreparedQueryRefusedError(`raft apply failed: ${error.message}`, { cause: error })
    }
    return prepared.Query!.ID
  })

  methods.add(queryExecute, 'read', async ({ QueryIDOrName, Limit, Connect, Source, Agent }, { signal }) => {
    const query = resolve(QueryIDOrName, Agent)
    const execution = {
      limit: Limit,
      connect: Connect,
      source: Source.Datacenter === '' ? { ...Source, Datacenter: Agent.Datacenter } : Source,
      agentNode: Agent.Node,
    }
    return { ...(await executor.anywhere(query, execution, signal)), ...meta() }
  })

  methods.add(queryExecuteRemote, 'read', ({ Query, Limit, Connect }) => ({
    ...executor.forOthers(Query, Connect, Limit),
    ...meta(),
  }))

  methods.add(queryExplain, 'read', ({ QueryIDOrName, Agent }) => ({
    Query: resolve(QueryIDOrName, Agent),
    ...meta(),
    ConsistencyLevel: '',
  }))
}

/** The id, unless it cannot be one. @throws PreparedQueryRefusedError */
export function goodId(id: string): string {
  const flaw = sessionIdFlaw(id)
  if (flaw !== undefined) throw new PreparedQueryRefusedError(`failed prepared query lookup: index error: ${flaw}`)
  return id
}
