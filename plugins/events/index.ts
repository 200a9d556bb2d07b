import { definePlugin } from '../../src/kernel/plugin.ts'
import { EventFireRequest } from '../../src/wire/structs/user-event.ts'
import { encodeEvent } from './event-record.ts'
import { hearNewLeader, tellNewLeader } from './new-leader.ts'
import { receive } from './receive.ts'
import { RecentEvents } from './recent.ts'
import { eventRoutes } from './routes.ts'
import { addEventMethods, eventFire } from './rpc.ts'

/** Events of users: said by one agent to all, and remembered for a while. */
export default definePlugin({
  name: 'events',
  summary: 'events that every agent hears of',
  requires: ['node', 'members', 'rpc'],
  wants: ['localState'],
  setup(agent) {
    const { hooks, services, log } = agent
    const { name: node } = services.get('node')
    const members = services.get('members')
    const rpc = services.get('rpc')
    const localState = services.find('localState')
    const recent = new RecentEvents(agent.clock)

    hooks.leadership.tap('events', ({ role }) => {
      if (role === 'leader') tellNewLeader(members, node)
    })
    hooks.userEvent.tap('events', (told) => {
      hearNewLeader(told, log)
      const event = receive(told, () => ({ node, services: localState?.services() ?? [] }), log)
      if (event !== undefined) recent.add(event)
    })
    const routes = eventRoutes({
      recent,
      random: agent.random,
      fire: async (event, Datacenter, signal) => {
        const request = { ...EventFireRequest.zero(), Datacenter, Name: event.Name, Payload: encodeEvent(event) }
        await rpc.call(eventFire, { ...request, AllowStale: true }, signal)
      },
    })
    hooks.rpcMethods.tap('events', (methods) => addEventMethods(methods, members))
    hooks.httpRoutes.tap('events', (table) => table.add(...routes))
  },
})
