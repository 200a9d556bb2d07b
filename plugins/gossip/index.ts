import { definePlugin } from '../../src/kernel/plugin.ts'
import type { Member } from './contract.ts'
import { describeMember } from './describe.ts'
import { memberRoutes } from './routes.ts'
import { selfAsMember, serverTags } from './self.ts'

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

    const members = {
      list: (ofWan = false) => {
        const pool = ofWan ? wan : lan
        return pool ? [pool] : []
      },
      self: () => {
        if (!lan) throw new Error('the members are known once the gossip plugin has started')
        return lan
      },
      describe: describeMember,
    }
    agent.services.provide('members', members)

    agent.hooks.start.tapPromise('gossip', async () => {
      const tags = agent.hooks.memberTags.call(serverTags(node))
      lan = selfAsMember(node, tags, false)
      if (node.ports.serfWan > 0) wan = selfAsMember(node, tags, true)
      agent.log.info('serf: EventMemberJoin', { member: node.name, address: node.advertiseAddress })
      agent.hooks.member.call({ kind: 'join', member: lan })
    })

    agent.hooks.httpRoutes.tap('gossip', (routes) => routes.add(...memberRoutes(members)))
  },
})
