import { describe, expect, test } from 'vitest'
import { GossipNetwork } from './gossip-agents.ts'

const alive = 1
const left = 3
const failed = 4

describe('three agents', () => {
  test('find one another by joining one, and see one another as what they are', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a', { server: true })
    const b = await network.start('b', { args: [`-join=${a.address}`] })
    const c = await network.start('c')
    expect(await c.put(`/v1/agent/join/${b.address}`)).toMatchObject({ status: 200, body: '' })
    for (const agent of [a, b, c]) await agent.sees({ a: alive, b: alive, c: alive })

    const byName = new Map((await c.members()).map((member) => [member.Name, member]))
    expect(byName.get('a')).toMatchObject({ Addr: a.address, Port: network.lanPort })
    expect(byName.get('a')!.Tags).toMatchObject({ role: 'consul', dc: 'dc1', vsn: '2', raft_vsn: '3', segment: '' })
    expect(byName.get('b')!.Tags).toMatchObject({ role: 'node', dc: 'dc1', vsn_min: '2', vsn_max: '3', acls: '0' })
    expect(byName.get('b')!.Tags).not.toHaveProperty('port')
    expect((await c.members('?filter=Tags.role%20==%20consul')).map(({ Name }) => Name)).toEqual(['a'])
    expect(await c.members('?wan=1')).toEqual([])
    expect((await a.members('?wan=1')).map(({ Name }) => Name)).toEqual(['a.dc1'])
  })

  test('notice when one is killed, and know it again when it comes back', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a')
    const b = await network.start('b', { args: [`-join=${a.address}`] })
    const c = await network.start('c', { args: [`-join=${a.address}`] })
    await c.sees({ a: alive, b: alive, c: alive })
    await b.sees({ a: alive, b: alive, c: alive })
    await c.stop('SIGKILL')
    for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, c: failed })

    // What it remembers of the others is enough: nothing tells it whom to join.
    const again = await network.start('c')
    for (const agent of [a, b, again]) await agent.sees({ a: alive, b: alive, c: alive })
  })

  test('see one leave that says goodbye: by signal as a client, by request as a server', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a', { server: true })
    const b = await network.start('b', { args: [`-join=${a.address}`] })
    const c = await network.start('c', { server: true, args: [`-join=${a.address}`] })
    await b.sees({ a: alive, b: alive, c: alive })
    await c.sees({ a: alive, b: alive, c: alive })
    const [, leave] = await Promise.all([b.stop('SIGTERM'), c.put('/v1/agent/leave')])
    expect(leave).toMatchObject({ status: 200, body: '' })
    expect(await b.exited).toEqual({ code: 0, signal: null })
    expect(await c.exited).toEqual({ code: 0, signal: null })
    await a.sees({ a: alive, b: left, c: left })
    expect(b.output).toMatch(/Graceful exit completed/)

    // Who left on purpose does not come back by itself.
    const again = await network.start('b')
    await again.sees({ b: alive })
  })

  test('a server that a signal ends does not say goodbye, so it keeps its place', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a')
    const b = await network.start('b', { server: true, args: [`-join=${a.address}`] })
    await a.sees({ a: alive, b: alive })
    await b.stop('SIGTERM')
    await a.sees({ a: alive, b: failed })
  })

  test('take one that failed for left when told so, and forget it when told that', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a')
    const b = await network.start('b', { args: [`-join=${a.address}`] })
    const c = await network.start('c', { args: [`-join=${a.address}`] })
    const d = await network.start('d', { args: [`-join=${a.address}`] })
    await b.sees({ a: alive, b: alive, c: alive, d: alive })
    await Promise.all([c.stop('SIGKILL'), d.stop('SIGKILL')])
    for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, c: failed, d: failed })
    expect(await b.put('/v1/agent/force-leave/c')).toMatchObject({ status: 200, body: '' })
    for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, c: left, d: failed })
    expect(await b.put('/v1/agent/force-leave/d?prune')).toMatchObject({ status: 200 })
    for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, c: left })
    expect(await b.put('/v1/agent/force-leave/e')).toMatchObject({
      status: 500,
      body: "agent: No node found with name 'e'",
    })
  })
})

describe('joining', () => {
  test('whoever cannot be reached stops the start with -join, and is tried again with retry_join', async () => {
    await using network = await GossipNetwork.open()
    const nobody = network.addressOf('a')
    const joins = await network.spawn('b', { args: [`-join=${nobody}`] })
    expect((await joins.exited).code).toBe(1)
    expect(joins.stderr).toContain(
      `1 error occurred:\n==> \t* Failed to join ${nobody}:${network.lanPort}: dial tcp ${nobody}:${network.lanPort}: connect: connection refused`,
    )
    const retries = await network.start('c', { args: [`-retry-join=${nobody}`, '-retry-interval=100ms'] })
    await retries.printed(/Join cluster failed, will retry/)
    await network.start('a')
    await retries.sees({ a: alive, c: alive })
    expect(retries.output).toMatch(/Join cluster completed\. Synced with initial agents.*num_agents=1/)
  })

  test('retry_max attempts are made, then the agent stops', async () => {
    await using network = await GossipNetwork.open()
    const args = [`-retry-join=${network.addressOf('a')}`, '-retry-interval=20ms', '-retry-max=2']
    const agent = await network.spawn('b', { args })
    expect((await agent.exited).code).toBe(1)
    expect(agent.stderr).toContain('agent: max join LAN retry exhausted, exiting')
  })

  test('agents of two datacenters do not flow together', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a', { server: true })
    const b = await network.start('b', { datacenter: 'dc2' })
    const { status, body } = await b.put(`/v1/agent/join/${a.address}`)
    expect(status).toBe(500)
    expect(body).toContain("Member 'a' part of wrong datacenter 'dc1'")
    await a.sees({ a: alive })
    await b.sees({ b: alive })
  })

  test('one server that joins another datacenter brings its neighbours along', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a', { server: true })
    const b = await network.start('b', { server: true, args: [`-join=${a.address}`] })
    const far = await network.start('far', { server: true, datacenter: 'dc2', args: [`-join-wan=${a.address}`] })
    for (const agent of [a, b, far]) {
      await agent.sees({ 'a.dc1': alive, 'b.dc1': alive, 'far.dc2': alive }, '?wan=1')
    }
    await far.sees({ far: alive })
    await far.stop('SIGKILL')
    await b.sees({ 'a.dc1': alive, 'b.dc1': alive, 'far.dc2': failed }, '?wan=1')
    expect(await b.put('/v1/agent/force-leave/far.dc2?wan')).toMatchObject({ status: 200 })
    await a.sees({ 'a.dc1': alive, 'b.dc1': alive, 'far.dc2': left }, '?wan=1')
  })

  test('a port that another agent has stops the start, and the setting is named', async () => {
    await using network = await GossipNetwork.open()
    const a = await network.start('a')
    const second = await network.spawn('b', { args: [`-serf-lan-bind=${a.address}`] })
    expect((await second.exited).code).toBe(1)
    expect(second.stderr).toMatch(/another program listens there; .*ports\.serf_lan/)
  })
})
