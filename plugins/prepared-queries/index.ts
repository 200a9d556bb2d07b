import { definePlugin } from '../../src/kernel/plugin.ts'
import { describeRoutes } from '../../src/openapi/operation.ts'
import { PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'
import { preparedQueriesApi } from './api.ts'
import { applyPreparedQuery, endQueriesOfSession } from './commands.ts'
import './contract.ts'
import { queryZone } from './dns.ts'
import { PreparedQueryRefusedError } from './errors.ts'
import { Executor } from './executor.ts'
import { prepareRequest } from './prepare.ts'
import { queryRoutes } from './routes.ts'
import { queryRecord, queryRecords, restoreQuery } from './snapshot.ts'
import { preparedQueries } from './tables.ts'

/** Prepared queries: questions to the catalog that are written once and asked by name, over HTTP and DNS. */
export default definePlugin({
  name: 'prepared-queries',
  summary: 'stored questions to the catalog, with templates and failover',
  requires: ['state', 'consensus', 'node', 'catalog'],
  wants: ['sessionLookup', 'queryFailover'],
  setup(agent) {
    const { hooks, services, random, log } = agent
    const state = services.get('state')
    const consensus = services.get('consensus')
    const { datacenter, name: nodeName } = services.get('node')
    const catalog = services.get('catalog')
    const sessions = services.find('sessionLookup')
    const { store } = state

    state.defineTable(preparedQueries)
    state.defineCommand({ name: 'PreparedQuery', type: 7, struct: PreparedQueryRequest })
    hooks.apply.for('PreparedQuery').tap('prepared-queries', (tx, request) => applyPreparedQuery(tx, request, sessions))
    if (sessions !== undefined) {
      hooks.change.for('sessions').tap('prepared-queries', (tx, { before, after }) => {
        if (before !== undefined && after === undefined) endQueriesOfSession(tx, before.ID)
      })
    }

    hooks.snapshot.tap({ name: 'prepared-queries', stage: queryRecord.stage }, (view, records) =>
      records.add(queryRecord.type, queryRecords(view)),
    )
    hooks.restore.for(queryRecord.type).tap('prepared-queries', restoreQuery)

    const executor = new Executor({
      catalog,
      view: () => store.latest,
      rank: (question) => hooks.rank.call(question),
      random,
      datacenter,
      failover: services.find('queryFailover'),
      log,
    })
    const apply = async (request: PreparedQueryRequest): Promise<string> => {
      const prepared = prepareRequest(request, store.latest, random)
      try {
        await consensus.propose('PreparedQuery', prepared)
      } catch (error) {
        if (!(error instanceof PreparedQueryRefusedError)) throw error
        throw new PreparedQueryRefusedError(`raft apply failed: ${error.message}`, { cause: error })
      }
      return prepared.Query!.ID
    }
    hooks.httpRoutes.tap('prepared-queries', (routes) =>
      routes.add(
        ...describeRoutes(preparedQueriesApi, queryRoutes({ store, consensus, executor, datacenter, nodeName, apply })),
      ),
    )
    hooks.dnsZone
      .for('query')
      .tapPromise('prepared-queries', queryZone({ store, executor, catalog, datacenter, nodeName }))
  },
})
