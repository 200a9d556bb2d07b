import type { ReplicatedState } from '../../plugins/state/contract.ts'
import type { AnyPlugin } from '../../src/kernel/plugin.ts'

/** Shows the counters of live queries at `/v1/bench/queries`: loaded with `-plugin` into the agent under test. */
const queryStatistics: AnyPlugin = {
  name: 'bench-query-statistics',
  requires: ['state'],
  setup(agent) {
    const state = agent.services.get('state') as ReplicatedState
    agent.hooks.httpRoutes.tap('bench-query-statistics', (routes) =>
      routes.add({
        methods: ['GET'],
        path: '/v1/bench/queries',
        summary: 'Counters of live queries.',
        answer: () => ({
          kind: 'plain',
          status: 200,
          type: 'application/json',
          body: JSON.stringify(state.store.queries.statistics()),
        }),
      }),
    )
  },
}

export default queryStatistics
