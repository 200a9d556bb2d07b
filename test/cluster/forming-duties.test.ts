import { expect, test } from 'vitest'
import { ask } from '../../plugins/dns/testing/dns-agent.ts'
import { eventually } from './agent-process.ts'
import { aliveMembers, Datacenter, type DatacenterAgent } from './datacenter.ts'

/** Leaders are missed soon, so that tests need not wait long. */
const fast = '-hcl=performance { raft_multiplier = 1 }'

/** What a server says of itself, as Consul's leader registers it (protocol/servers.md §14.2). */
const serverMeta = {
  non_voter: 'false',
  raft_version: '3',
  read_replica: 'false',
  serf_protocol_current: '2',
  serf_protocol_max: '5',
  serf_protocol_min: '1',
  version: '1.10.12',
}

async function addresses(agent: DatacenterAgent, name: string): Promise<string[]> {
  const { answers } = await ask(`${agent.ip}:${agent.ports.dns}`, { name, type: 'A' })
  return answers.map((answer) => answer.split(' ').at(-1)!).sort()
}

async function serfHealth(agent: DatacenterAgent, node: string): Promise<string | undefined> {
  const checks = (await agent.json(`/v1/health/node/${node}`)) as { CheckID: string; Status: string }[]
  return checks.find(({ CheckID }) => CheckID === 'serfHealth')?.Status
}

async function nodeNames(agent: DatacenterAgent): Promise<string[]> {
  return ((await agent.json('/v1/catalog/nodes')) as { Node: string }[]).map(({ Node }) => Node).sort()
}

const serverAddress = ({ ip, ports }: DatacenterAgent) => `${ip}:${ports.server}`

test('every server is in the catalog as Consul has it, and whoever is asked says the same of the servers', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  const leader = await dc.agree([...servers, client])
  const follower = servers.find((server) => server !== leader)!
  const instances = await eventually(async () => {
    const found = await client.json('/v1/catalog/service/consul')
    return found.length === 3 ? (found as Record<string, unknown>[]) : undefined
  })
  for (const server of servers) {
    const { NodeID } = (await server.json('/v1/agent/self')).Config
    const instance = instances.find(({ Node }) => Node === server.name)
    expect(instance).toMatchObject({
      ID: NodeID,
      Address: server.ip,
      Datacenter: 'dc1',
      ServiceID: 'consul',
      ServiceName: 'consul',
      ServiceAddress: '',
      ServicePort: server.ports.server,
      ServiceTags: [],
      ServiceWeights: { Passing: 1, Warning: 1 },
    })
    expect(instance!.ServiceMeta).toEqual(serverMeta)
    expect(await client.json(`/v1/health/node/${server.name}`)).toMatchObject([
      { CheckID: 'serfHealth', Name: 'Serf Health Status', Output: 'Agent alive and reachable', Type: '' },
    ])
  }
  expect(await serfHealth(client, client.name)).toBe('passing')

  const configuration = await leader.json('/v1/operator/autopilot/configuration')
  expect(configuration).toMatchObject({ CleanupDeadServers: true, ServerStabilizationTime: '10s' })
  const health = await eventually(async () => {
    const { status, body } = await client.ask('/v1/operator/autopilot/health')
    return status === 200 ? JSON.parse(body) : undefined
  })
  expect(health).toMatchObject({ Healthy: true, FailureTolerance: 1 })
  const ids = (health.Servers as { ID: string }[]).map(({ ID }) => ID).sort()
  expect((health.Servers as { Name: string }[]).map(({ Name }) => Name).sort()).toEqual(servers.map(({ name }) => name))
  for (const agent of [follower, client]) {
    expect(await agent.json('/v1/operator/autopilot/configuration')).toEqual(configuration)
    const state = await agent.json('/v1/operator/autopilot/state')
    expect(state).toMatchObject({ Healthy: true, FailureTolerance: 1 })
    expect(Object.keys(state.Servers).sort()).toEqual(ids)
    expect(state.Servers[state.Leader]).toMatchObject({ Name: leader.name, Status: 'leader' })
    expect((state.Voters as string[]).sort()).toEqual(ids)
  }
  expect(await client.put('/v1/operator/autopilot/configuration', { ...configuration, MaxTrailingLogs: 99 })).toBe(
    'true',
  )
  expect(await follower.json('/v1/operator/autopilot/configuration')).toMatchObject({ MaxTrailingLogs: 99 })

  // Who is told to go, and is there, stays: also the leader, and by its own word.
  await leader.put(`/v1/agent/force-leave/${leader.name}`)
  await leader.put(`/v1/agent/force-leave/${follower.name}`)
  await client.put('/v1/kv/after', 'yes')
  await eventually(async () => ((await aliveMembers(leader)).length === 4 ? true : undefined))
  await dc.agree([...servers, client])
  const peers = () => leader.json('/v1/status/peers')
  await eventually(async () => ((await peers()).length === 3 ? true : undefined))
  expect((await nodeNames(client)).filter((name) => name.startsWith('server'))).toEqual(servers.map(({ name }) => name))
})

test('what ran on a host that died is found no more, and force-leave takes it out of the catalog', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  const [dying, asking] = (await dc.clients(2)) as [DatacenterAgent, DatacenterAgent]
  await dying.put('/v1/agent/service/register', { Name: 'web', Port: 80 })
  await eventually(async () => ((await addresses(asking, 'web.service.consul')).length === 1 ? true : undefined))
  expect(await addresses(asking, 'web.service.consul')).toEqual([dying.ip])

  await dying.process.stop('SIGKILL')
  await eventually(async () => ((await serfHealth(asking, dying.name)) === 'critical' ? true : undefined), 40_000)
  expect(await asking.json('/v1/health/service/web?passing')).toEqual([])
  expect(await asking.json('/v1/health/service/web')).toHaveLength(1)
  for (const agent of [asking, ...servers]) {
    await eventually(async () => ((await addresses(agent, 'web.service.consul')).length === 0 ? true : undefined))
  }

  await asking.put(`/v1/agent/force-leave/${dying.name}`)
  await eventually(async () => ((await nodeNames(asking)).includes(dying.name) ? undefined : true))
  expect(await asking.json('/v1/catalog/service/web')).toEqual([])

  dying.restart()
  await eventually(async () => ((await asking.json('/v1/health/service/web?passing')).length === 1 ? true : undefined))
})

test('a dead server is taken out by autopilot when the operator wants it, and not before', {
  timeout: 90_000,
}, async () => {
  await using dc = await Datacenter.plan([
    fast,
    '-hcl=autopilot { server_stabilization_time = "1s" cleanup_dead_servers = false }',
  ])
  const servers = await dc.threeServers()
  const late = dc.start({ name: 'server-4', server: true, args: [dc.joining(0)] })
  const all = [...servers, late]
  const leader = await dc.agree(all)
  await eventually(async () => {
    const { Voters } = await leader.json('/v1/operator/autopilot/state')
    return Voters.length === 4 ? true : undefined
  }, 60_000)

  const dead = all.find((server) => server !== leader)!
  const others = all.filter((server) => server !== dead)
  const asked = others.find((server) => server !== leader)!
  await dead.process.stop('SIGKILL')
  /** Longer dead than two rounds of autopilot are apart. */
  await eventually(async () => {
    const { status, body } = await asked.ask('/v1/operator/autopilot/health')
    const servers = JSON.parse(body).Servers as { Name: string; SerfStatus: string; StableSince: string }[]
    const { SerfStatus, StableSince } = servers.find(({ Name }) => Name === dead.name)!
    return status === 429 && SerfStatus === 'failed' && Date.now() - Date.parse(StableSince) > 11_000 ? true : undefined
  }, 40_000)
  expect(await asked.json('/v1/status/peers')).toContain(serverAddress(dead))
  expect(await serfHealth(asked, dead.name)).toBe('critical')

  const settings = await asked.json('/v1/operator/autopilot/configuration')
  await asked.put('/v1/operator/autopilot/configuration', { ...settings, CleanupDeadServers: true })
  await eventually(async () => {
    const { status } = await asked.ask('/v1/operator/autopilot/health')
    return status === 200 ? true : undefined
  }, 60_000)
  expect((await asked.json('/v1/status/peers')).sort()).toEqual(others.map(serverAddress).sort())
  await eventually(async () => ((await nodeNames(asked)).includes(dead.name) ? undefined : true))
  for (const done of [/removing dead server: /, /removing server by ID: /, /deregistering member: /]) {
    expect(leader.process.output).toMatch(done)
  }
  expect(leader.process.output).not.toMatch(/\[ERROR\]/)
})

test('a new leader looks after everybody at once, and gives sessions and nodes it has not met yet their whole time', {
  timeout: 240_000,
}, async () => {
  await using dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  const leader = await dc.agree([...servers, client])
  const { ID: session } = JSON.parse(await client.put('/v1/session/create', { TTL: '10s', LockDelay: '0s' }))
  expect(await client.put(`/v1/kv/lock?acquire=${session}`, 'held')).toBe('true')
  // As if a member had been forgotten while nobody led: no event will tell of it, and it may only not have been met yet.
  await client.put('/v1/catalog/register', {
    Node: 'forgotten',
    Address: '127.0.0.99',
    Check: { CheckID: 'serfHealth', Name: 'Serf Health Status', Status: 'passing' },
  })
  await client.put('/v1/catalog/register', { Node: 'external', Address: '127.0.0.98' })

  await leader.process.stop('SIGKILL')
  const others = servers.filter((server) => server !== leader)
  await dc.agree([...others, client])
  const tookOverAt = performance.now()
  expect(await nodeNames(client)).toContain('forgotten')
  await eventually(async () => ((await serfHealth(client, leader.name)) === 'critical' ? true : undefined), 40_000)

  const holder = async () => (await client.json('/v1/kv/lock'))[0].Session as string | undefined
  expect(await holder()).toBe(session)
  await eventually(async () => ((await holder()) === undefined ? true : undefined), 40_000)
  expect(performance.now() - tookOverAt).toBeGreaterThan(17_000)
  expect(await client.json('/v1/session/list')).toEqual([])

  await eventually(async () => ((await nodeNames(client)).includes('forgotten') ? undefined : true), 120_000)
  expect(await nodeNames(client)).toContain('external')
  // On a busy machine there may have been another election since.
  expect(others.map(({ process }) => process.output).join('')).toMatch(/deregistering member: member=forgotten/)
})
