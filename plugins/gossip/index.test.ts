import { expect, test, vi } from 'vitest'
import { Agent } from '../../src/kernel/agent.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { Log } from '../../src/kernel/log.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { freePort } from '../../src/testing/free-ports.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { ClusterQuery, Members, UserEvent } from './contract.ts'
import gossip from './index.ts'
import { nodeOf, testOptions } from './pool.fixture.ts'

interface Wishes {
  readonly server?: boolean
  readonly options?: Parameters<typeof testOptions>[0]
  /** A plugin beside, as a user would write one. */
  readonly beside?: ReturnType<typeof definePlugin>
}

/** An agent that is nothing but a member. */
async function startMember(name: string, { server = false, options, beside }: Wishes = {}) {
  const node: NodeIdentity = nodeOf(name, {
    server,
    port: await freePort(),
    wanPort: await freePort(),
  })
  const faults: unknown[] = []
  const beginning = definePlugin({
    name: 'node',
    provides: ['node'],
    setup: (agent) => {
      agent.services.provide('node', node)
      agent.hooks.fault.tap('node', (fault) => void faults.push(fault))
    },
  })
  const plugins = [beginning, gossip, ...(beside ? [beside] : [])]
  const agent = new Agent({
    plugins: plugins.map((plugin) => ({ plugin, origin: 'test' })),
    optionsOf: (plugin) => (plugin === gossip ? { ...testOptions(options) } : {}),
    log: new Log({ level: 'error', json: false, nowMs: () => 0, write: () => {} }),
    clock: systemClock,
    random: systemRandom,
    onFatal: (error) => void faults.push(error),
  })
  await agent.start()
  return {
    agent,
    faults,
    members: agent.services.find('members') as Members,
    address: `127.0.0.1:${node.ports.serfLan}`,
    [Symbol.asyncDispose]: () => agent.stop(),
  }
}

const soon = { timeout: 15_000, interval: 20 }

test('other plugins add tags, hear of members and events, and answer queries', async () => {
  const heard: UserEvent[] = []
  const asked: ClusterQuery[] = []
  const beside = definePlugin({
    name: 'beside',
    setup({ hooks }) {
      hooks.memberTags.tap('beside', (tags) => ({ ...tags, rack: 'r1' }))
      hooks.userEvent.tap('beside', (event) => void heard.push(event))
      hooks.clusterQuery.tap('beside', (query) => {
        asked.push(query)
        return query.name === 'broken' ? raise() : Buffer.from('here')
      })
    },
  })
  await using a = await startMember('a', { beside })
  await using b = await startMember('b')
  await b.members.join([a.address])
  await vi.waitFor(() => expect(b.members.find('a')?.tags).toMatchObject({ rack: 'r1', role: 'node' }), soon)
  b.members.userEvent('deploy', Buffer.from('v2'), false)
  await vi.waitFor(() => expect(heard).toMatchObject([{ name: 'deploy', payload: Buffer.from('v2') }]), soon)
  expect(await b.members.query('where', Buffer.from('?'))).toEqual([{ from: 'a', payload: Buffer.from('here') }])
  expect(asked[0]).toMatchObject({ name: 'where', from: 'b' })
  expect(await b.members.query('broken', Buffer.alloc(0), { timeoutMs: 300 })).toEqual([])
  expect(a.faults).toMatchObject([{ plugin: 'gossip', where: 'clusterQuery' }])
})

function raise(): never {
  throw new Error('a bug')
}

test('a plugin can keep members out', async () => {
  const beside = definePlugin({
    name: 'beside',
    setup: ({ hooks }) => {
      hooks.memberMerge.tap('beside', ({ member }) => (member.name === 'b' ? 'b is not welcome' : undefined))
    },
  })
  await using a = await startMember('a', { beside })
  await using b = await startMember('b')
  await b.members.join([a.address])
  await expect(a.members.join([b.address])).rejects.toThrow('b is not welcome')
  expect(a.members.list().map(({ name }) => name)).toEqual(['a'])
})

test('a client has no WAN pool to join or to leave', async () => {
  await using a = await startMember('a')
  expect(a.members.list(true)).toEqual([])
  await expect(a.members.join(['127.0.0.1:1'], { wan: true })).rejects.toThrow('Must be a server to join WAN cluster')
  await expect(a.members.forceLeave('x.dc1', { wan: true })).rejects.toThrow('Must be a server')
  expect([a.members.coordinate(true), a.members.traffic(true), a.members.stats(true)]).toEqual([
    undefined,
    undefined,
    {},
  ])
})

test('a server is in both pools, and a start_join that reaches nobody ends the start', async () => {
  await using a = await startMember('a', { server: true })
  expect(a.members.list(true).map(({ name, tags }) => [name, tags.wan_join_port])).toEqual([['a.dc1', undefined]])
  expect(a.members.self().tags.wan_join_port).toMatch(/^\d+$/)
  await expect(startMember('b', { options: { startJoin: ['127.0.0.1:1'] } })).rejects.toThrow(
    'Failed to join 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused',
  )
})
