import { definePlugin } from '../../src/kernel/plugin.ts'
import { datacentersByDistance } from '../../src/rules/datacenters-by-distance.ts'
import { PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'
import { applyPreparedQuery, endQueriesOfSession } from './commands.ts'
import './contract.ts'
import { queryZone } from './dns.ts'
import { Executor } from './executor.ts'
import { queryRoutes } from './routes.ts'
import { addQueryMethods, queryExecuteRemote } from './rpc.ts'
import { queryRecord, queryRecords, restoreQuery } from './snapshot.ts'
import { preparedQueries } from './tables.ts'

/** Prepared queries: questions to the catalog that are written once and asked by name, over HTTP and DNS. */
export default definePlugin({
  name: 'prepared-queries',
  summary: 'stored questions to the catalog, with templates and failover',
  requires: ['state', 'consensus', 'node', 'members', 'catalog', 'rpc'],
  wants: ['sessionLookup'],
  setup(agent) {
    const { hooks, services, random, log } = agent
    const state = services.get('state')
    const consensus = services.get('consensus')
    const { datacenter, name: nodeName } = services.get('node')
    const members = services.get('members')
    const catalog = services.get('catalog')
    const rpc = services.get('rpc')
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
      failover: {
        otherDatacenters: () =>
          datacentersByDistance(datacenter, members.list(true), (name) => members.roundTripMs(name, true)).slice(1),
        executeRemote: (request, signal) => rpc.call(queryExecuteRemote, request, signal),
      },
      log,
    })
    hooks.rpcMethods.tap('prepared-queries', (methods) =>
      addQueryMethods(methods, { store, consensus, random, executor }),
    )
    hooks.httpRoutes.tap('prepared-queries', (routes) => routes.add(...queryRoutes({ rpc, datacenter, nodeName })))
    hooks.dnsZone.for('query').tapPromise('prepared-queries', queryZone({ rpc, catalog, datacenter, nodeName }))
  },
})
