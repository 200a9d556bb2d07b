import { definePlugin } from '../../src/kernel/plugin.ts'
import { describeRoutes } from '../../src/openapi/operation.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { eventsApi } from './api.ts'
import { encodeEvent, eventPrefix } from './event-record.ts'
import { receive } from './receive.ts'
import { RecentEvents } from './recent.ts'
import { eventRoutes } from './routes.ts'

/** Events of users: said by one agent to all, and remembered for a while. */
export default definePlugin({
  name: 'events',
  summary: 'events that every agent hears of',
  requires: ['node', 'members'],
  wants: ['localState'],
  setup(agent) {
    const { hooks, services, log } = agent
    const { name: node, datacenter } = services.get('node')
    const members = services.get('members')
    const localState = services.find('localState')
    const recent = new RecentEvents(agent.clock)

    hooks.userEvent.tap('events', (told) => {
      const event = receive(told, () => ({ node, services: localState?.services() ?? [] }), log)
      if (event !== undefined) recent.add(event)
    })
    const routes = eventRoutes({
      recent,
      random: agent.random,
      fire: async (event, asked) => {
        if (asked !== '' && asked.toLowerCase() !== datacenter) throw new NoPathToDatacenterError()
        members.userEvent(eventPrefix + event.Name, encodeEvent(event), false)
      },
    })
    hooks.httpRoutes.tap('events', (table) => table.add(...describeRoutes(eventsApi, routes)))
  },
})
