// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolations of prepared queries look like that
import { expect, test } from 'vitest'
import { ask } from '../../plugins/dns/testing/dns-agent.ts'
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'
import { GossipNetwork } from './gossip-agents.ts'

interface ExecuteReply {
  readonly Nodes: readonly { readonly Node: { readonly Node: string } }[]
  readonly Datacenter: string
}

const nodesOf = ({ Nodes }: ExecuteReply) => Nodes.map(({ Node }) => Node.Node).sort()

/** Names of the events that an agent lists, as soon as there are so many. */
function events(agent: DatacenterAgent, count: number): Promise<string[]> {
  return eventually(async () => {
    const listed = (await agent.json('/v1/event/list')) as { Name: string; Payload: string }[]
    const shown = listed.map(({ Name, Payload }) => `${Name} ${Buffer.from(Payload, 'base64').toString()}`)
    return shown.length >= count ? shown.sort() : undefined
  })
}

test('events, prepared queries and coordinates are the same on every agent', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(['-hcl', 'sync_coordinate_interval_min = "200ms"'])
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  const agents = [...servers, client]
  const [first] = servers as [DatacenterAgent]

  await servers[1]!.put('/v1/event/fire/deploy', 'v1')
  await client.put('/v1/event/fire/restart?node=^server-', 'now')
  for (const server of servers) expect(await events(server, 2)).toEqual(['deploy v1', 'restart now'])
  expect(await events(client, 1)).toEqual(['deploy v1'])

  for (const [node, address] of [
    ['web-1', '192.0.2.1'],
    ['web-2', '192.0.2.2'],
  ]) {
    await first.put('/v1/catalog/register', { Node: node, Address: address, Service: { Service: 'web', Port: 80 } })
  }
  const query = { Name: 'any-', Template: { Type: 'name_prefix_match' }, Service: { Service: '${name.suffix}' } }
  const created = await client.ask('/v1/query', { method: 'POST', body: JSON.stringify(query) })
  const { ID } = JSON.parse(created.body) as { ID: string }
  for (const agent of agents) {
    expect(await agent.json(`/v1/query/${ID}`)).toMatchObject([{ ID, Name: 'any-' }])
    expect(nodesOf(await agent.json('/v1/query/any-web/execute'))).toEqual(['web-1', 'web-2'])
    expect(await agent.json('/v1/query/any-db/explain')).toMatchObject({ Query: { Service: { Service: 'db' } } })
    expect((await agent.ask('/v1/query/none/execute')).status).toBe(404)
    expect((await agent.ask('/v1/query/8f246b77-f3e1-ff88-5b48-8ec93abf3e05')).status).toBe(404)
    const { answers } = await ask(`${agent.ip}:${agent.ports.dns}`, { name: 'any-web.query.consul' })
    expect(answers.map((answer) => answer.split(' ').at(-1)).sort()).toEqual(['192.0.2.1', '192.0.2.2'])
  }

  const names = agents.map(({ name }) => name).sort()
  for (const agent of agents) {
    await eventually(async () => {
      const rows = (await agent.json('/v1/coordinate/nodes')) as { Node: string }[]
      return names.every((name) => rows.some(({ Node }) => Node === name)) ? true : undefined
    }, 60_000)
    expect(await agent.json(`/v1/coordinate/node/${client.name}`)).toMatchObject([{ Node: client.name }])
    expect((await agent.ask('/v1/coordinate/node/none')).status).toBe(404)
  }
  // Far from everybody but one another.
  for (const [Node, x] of [
    ['web-1', 7],
    ['web-2', 7.1],
  ]) {
    const Coord = { Vec: [x, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 1e-5 }
    await client.put('/v1/coordinate/update', { Node, Coord })
  }
  for (const agent of agents) {
    await eventually(async () => ((await agent.ask('/v1/coordinate/node/web-2')).status === 200 ? true : undefined))
    for (const node of ['web-1', 'web-2']) {
      const near = (await agent.json(`/v1/catalog/nodes?near=${node}`)) as { Node: string }[]
      expect(near.slice(0, 2).map(({ Node }) => Node)).toEqual(
        node === 'web-1' ? ['web-1', 'web-2'] : ['web-2', 'web-1'],
      )
    }
    const fromHere = (await agent.json('/v1/catalog/nodes?near=_agent')) as { Node: string }[]
    expect(fromHere.slice(-2).map(({ Node }) => Node)).toEqual(['web-1', 'web-2'])
  }
  const [{ Datacenter: name, Coordinates }] = await client.json('/v1/coordinate/datacenters')
  expect(name).toBe('dc1')
  expect((Coordinates as { Node: string }[]).map(({ Node }) => Node).sort()).toEqual([
    'server-1',
    'server-2',
    'server-3',
  ])
})

test('a prepared query and an event reach another datacenter', { timeout: 60_000 }, async () => {
  await using network = await GossipNetwork.open()
  const near = await network.start('near', { server: true, datacenter: 'dc1', args: ['-bootstrap'] })
  const args = ['-bootstrap', `-retry-join-wan=${near.address}:${network.wanPort}`]
  const far = await network.start('far', { server: true, datacenter: 'dc2', args })
  await near.sees({ 'near.dc1': 1, 'far.dc2': 1 }, '?wan=1')

  const web = { Node: 'web-1', Address: '192.0.2.1', Service: { Service: 'web', Port: 80 } }
  await eventually(async () => ((await far.put('/v1/catalog/register', web)).status === 200 ? true : undefined))
  const query = { Name: 'fo', Service: { Service: 'web', Failover: { Datacenters: ['dc9', 'dc2'] } } }
  await eventually(async () =>
    (await near.ask('/v1/query', { method: 'POST', body: JSON.stringify(query) })).status === 200 ? true : undefined,
  )
  for (const [agent, path] of [
    [near, '/v1/query/fo/execute'],
    [far, '/v1/query/fo/execute?dc=dc1'],
  ] as const) {
    const reply = JSON.parse((await agent.ask(path)).body) as ExecuteReply
    expect(reply).toMatchObject({ Datacenter: 'dc2', Failovers: 1 })
    expect(nodesOf(reply)).toEqual(['web-1'])
  }

  expect((await near.put('/v1/event/fire/over?dc=dc2')).status).toBe(200)
  const heard = await eventually(async () => {
    const listed = JSON.parse((await far.ask('/v1/event/list')).body) as { Name: string }[]
    return listed.length > 0 ? listed : undefined
  })
  expect(heard.map(({ Name }) => Name)).toEqual(['over'])
  expect((await near.ask('/v1/event/list')).body).toBe('[]')
})
