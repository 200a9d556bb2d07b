import { definePlugin } from '../../src/kernel/plugin.ts'
import type { KeyringAnswer, Member, Members, Pool } from './contract.ts'
import { describeMember } from './describe.ts'
import { JoinFailedError, UnknownMemberError, UserEventTooLargeError } from './errors.ts'
import { keyProblem } from './key-text.ts'
import { keyringRoutes } from './keyring-routes.ts'
import { memberRoutes } from './routes.ts'
import { selfAsMember, serverTags } from './self.ts'

const userEventLimitBytes = 512

/**
 * Who is in the cluster. A single server is a cluster of one: it is its own and only member, and says so through the
 * service and the hooks that everything else builds on.
 */
export default definePlugin({
  name: 'gossip',
  summary: 'cluster membership',
  requires: ['node'],
  provides: ['members'],
  setup(agent) {
    const node = agent.services.get('node')
    let lan: Member | undefined
    let wan: Member | undefined
    let eventTime = 1

    const list = (ofWan = false) => {
      const pool = ofWan ? wan : lan
      return pool ? [pool] : []
    }
    const members: Members = {
      list,
      find: (name, ofWan) => list(ofWan).find((member) => member.name === name),
      self: () => {
        if (!lan) throw new Error('the members are known once the gossip plugin has started')
        return lan
      },
      describe: describeMember,
      join: async (addresses) => {
        throw new JoinFailedError(addresses.map((address) => `Failed to join ${address}: this server is on its own`))
      },
      leave: async () => {},
      forceLeave: async (name) => {
        throw new UnknownMemberError(name)
      },
      userEvent: (name, payload) => {
        if (name.length + payload.length > userEventLimitBytes) throw new UserEventTooLargeError(userEventLimitBytes)
        const lTime = eventTime++
        agent.tasks.run('user event', async () => agent.hooks.userEvent.call({ name, payload, lTime }))
      },
      query: async (name, payload) => {
        const answer = agent.hooks.clusterQuery.call({ name, payload, from: node.name })
        return answer === undefined ? [] : [{ from: node.name, payload: answer }]
      },
      keyring: async ({ operation, key }) => {
        const problem = operation === 'list' ? undefined : keyProblem(key ?? '')
        const failed = (pool: Pool, name: string): KeyringAnswer => ({
          pool,
          datacenter: node.datacenter,
          messages: problem === undefined ? { [name]: 'Keyring is empty (encryption not enabled)' } : {},
          keys: {},
          primaryKeys: {},
          memberCount: problem === undefined ? 1 : 0,
          error: problem ?? '1/1 nodes reported failure',
        })
        return [...(wan ? [failed('wan', wan.name)] : []), failed('lan', node.name)]
      },
      coordinate: () => undefined,
      coordinateOf: () => undefined,
      roundTripMs: () => undefined,
      stats: (ofWan) => ({ members: String(list(ofWan).length) }),
    }
    agent.services.provide('members', members)

    agent.hooks.start.tapPromise('gossip', async () => {
      const tags = agent.hooks.memberTags.call(serverTags(node))
      lan = selfAsMember(node, tags, false)
      if (node.ports.serfWan > 0) wan = selfAsMember(node, tags, true)
      agent.log.info('serf: EventMemberJoin', { member: node.name, address: node.advertiseAddress })
      agent.hooks.member.call({ kind: 'join', member: lan })
      if (wan) agent.hooks.wanMember.call({ kind: 'join', member: wan })
    })

    agent.hooks.httpRoutes.tap('gossip', (routes) => {
      routes.add(...memberRoutes({ members, leave: () => agent.leave() }))
      routes.add(...keyringRoutes({ operate: (request) => members.keyring(request) }))
    })
  },
})
