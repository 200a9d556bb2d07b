/**
 * A user's plugin, as an agent of ours loads it from a file: it prints the events that come, answers the query `whois` and
 * lets the test send events and queries by HTTP. Serf's own programs do all of this on the other side.
 */
import type { Members } from '../../plugins/gossip/contract.ts'
import type { PlainReply } from '../../plugins/http-api/contract.ts'
import type { Plugin } from '../../src/kernel/plugin.ts'

const json = (value: unknown): PlainReply => ({
  kind: 'plain',
  status: 200,
  type: 'application/json',
  json: true,
  body: JSON.stringify(value),
})

const talkative: Plugin<never, 'members', never, Record<never, never>> = {
  name: 'talkative',
  requires: ['members'],
  setup(agent) {
    const members: Members = agent.services.get('members')
    agent.hooks.userEvent.tap('talkative', ({ name, payload }) => {
      agent.log.info('heard', { event: name, payload: payload.toString() })
    })
    agent.hooks.clusterQuery.tap('talkative', ({ name, payload }) =>
      name === 'whois' ? Buffer.from(`${members.self().name} was asked ${payload}`) : undefined,
    )
    agent.hooks.httpRoutes.tap('talkative', (routes) =>
      routes.add(
        {
          methods: ['PUT'],
          path: '/v1/talk/event/:name',
          summary: 'Sends an event to all members; the body is its payload.',
          answer: async (request) => {
            members.userEvent(request.params.name!, await request.body(), false)
            return json(true)
          },
        },
        {
          methods: ['PUT'],
          path: '/v1/talk/query/:name',
          summary: 'Asks all members; the body is the payload.',
          answer: async (request) => {
            const answers = await members.query(request.params.name!, await request.body(), { timeoutMs: 5000 })
            return json(answers.map(({ from, payload }) => [from, payload.toString()]))
          },
        },
      ),
    )
  },
}

export default talkative
