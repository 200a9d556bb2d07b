import { leaveStage } from '../../src/kernel/hooks.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import type { MemberChange, Pool } from './contract.ts'
import { WanFlood } from './flood.ts'
import { membersOf, type OpenPools } from './members.ts'
import { openPool, reconnectTag } from './open-pools.ts'
import { checkOptions, gossipOptions } from './options.ts'
import { rejoin } from './rejoin.ts'
import { retryJoin } from './retry-join.ts'
import { memberRoutes } from './routes.ts'
import { ownTags } from './tags.ts'
import { floodIntervalMs } from './wan-flood.ts'

/** After everybody else has started: whoever is met at a join may ask this agent things at once. */
const joinStage = 100

const rememberIntervalMs = 500

/** Who is in the cluster, by memberlist's and serf's protocols: agents of Consul and Serf are members like ours. */
export default definePlugin({
  name: 'gossip',
  summary: 'cluster membership',
  requires: ['node'],
  provides: ['members'],
  options: gossipOptions,
  setup(agent, options) {
    const { clock, hooks, log, random, tasks } = agent
    const node = agent.services.get('node')
    checkOptions(options, node.server)
    const pools: OpenPools = { lan: undefined, wan: undefined }
    const joined = Promise.withResolvers<void>()
    const members = membersOf(pools, node, log, joined.promise)
    agent.services.provide('members', members)
    let flood: WanFlood | undefined

    const told = {
      lan(change: MemberChange) {
        hooks.member.call(change)
        if (change.kind === 'join' && flood) tasks.run('flood the WAN', () => flood!.run())
      },
      wan: (change: MemberChange) => hooks.wanMember.call(change),
    }

    async function open(pool: Pool, tags: Record<string, string>) {
      const logger = log.named(pool)
      const opened = await openPool(pool, {
        node,
        options,
        tags,
        clock,
        random,
        log: logger,
        judge: hooks.memberMerge.isUsed() ? (candidate) => hooks.memberMerge.call(candidate) : undefined,
        events: {
          member(change) {
            const { name, address } = change.member
            logger.info(eventNames[change.kind], { member: name, address })
            told[pool](change)
          },
          userEvent: ({ name, payload, lTime }) => hooks.userEvent.call({ name, payload, lTime }),
          query(query) {
            try {
              return hooks.clusterQuery.call(query)
            } catch (error) {
              agent.fault('clusterQuery', error)
              return undefined
            }
          },
          fault: (error) => agent.fault(`${pool} pool`, error),
        },
      })
      agent.own(opened)
      pools[pool] = opened
      tasks.every(`remember the ${pool} pool`, rememberIntervalMs, () => opened.remember())
      tasks.run(`rejoin the ${pool} pool`, (signal) =>
        rejoin(
          { alive: opened.remembered, meet: (endpoint) => opened.meetAgain(endpoint), random, log: logger },
          signal,
        ),
      )
      return opened
    }

    hooks.start.tapPromise('gossip', async () => {
      const tags = hooks.memberTags.call(ownTags(node, { reconnectTimeout: reconnectTag(options) }))
      const lan = await open('lan', tags)
      if (!node.server || node.ports.serfWan <= 0) return
      const wan = await open('wan', tags)
      flood = new WanFlood(lan, wan, node.datacenter, log)
      tasks.every('flood the WAN', floodIntervalMs, () => flood!.run())
    })

    hooks.start.tapPromise({ name: 'gossip', stage: joinStage }, async () => {
      if (options.startJoin.length > 0) await members.join(options.startJoin)
      if (options.startJoinWan.length > 0) await members.join(options.startJoinWan, { wan: true })
    })

    hooks.ready.tap('gossip', () => {
      if (options.retryJoin.length === 0) joined.resolve()
      for (const pool of ['lan', 'wan'] as const) {
        const lan = pool === 'lan'
        const addresses = lan ? options.retryJoin : options.retryJoinWan
        if (addresses.length === 0) continue
        const setup = {
          pool,
          addresses,
          intervalMs: lan ? options.retryInterval : options.retryIntervalWan,
          retriesMax: lan ? options.retryMax : options.retryMaxWan,
          join: (some: readonly string[]) => members.join(some, { wan: !lan }),
          clock,
          log,
        }
        tasks.run(`retry to join the ${pool} pool`, async (signal) => {
          try {
            await retryJoin(setup, signal)
            if (lan && !signal.aborted) joined.resolve()
          } catch (error) {
            agent.fatal(error)
          }
        })
      }
    })

    hooks.leave.tapPromise({ name: 'gossip', stage: leaveStage.announce }, () => members.leave())

    hooks.httpRoutes.tap('gossip', (routes) => {
      routes.add(...memberRoutes({ members, leave: () => agent.leave() }))
    })
  },
})

/** Serf's words for what happened to a member, which operators look for in logs. */
const eventNames: Readonly<Record<MemberChange['kind'], string>> = {
  join: 'serf: EventMemberJoin',
  leave: 'serf: EventMemberLeave',
  failed: 'serf: EventMemberFailed',
  update: 'serf: EventMemberUpdate',
  reap: 'serf: EventMemberReap',
}
