import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'
import { RaftWorkload } from './raft-workload.ts'

/** Leaders are missed soon, so that tests need not wait long. */
const fast = '-hcl=performance { raft_multiplier = 1 }'

/** Clients that ask these agents, whichever of them they are. */
function workload(agents: readonly DatacenterAgent[]) {
  return new RaftWorkload({
    members: agents,
    ask: (agent: DatacenterAgent, path, request) => agent.ask(path, request),
    leader: () =>
      eventually(async () => {
        const { status } = await agents[0]!.ask('/v1/kv/none?consistent')
        return status === 404 ? agents[0] : undefined
      }),
  })
}

async function cluster() {
  const dc = await Datacenter.plan([fast])
  const servers = await dc.threeServers()
  const clients = await dc.clients(2)
  return { dc, servers, clients }
}

const okOnly = (verdicts: readonly string[]) => [...new Set(verdicts)]

test('clients lose nothing and see nothing stale while leaders are killed and every server is restarted in turn', {
  timeout: 120_000,
}, async () => {
  const { dc, servers, clients } = await cluster()
  await using _dc = dc
  const load = workload([...clients, ...servers])
  await load.progress(50)

  const leader = await dc.agree(servers)
  await leader.process.stop('SIGKILL')
  await load.progress(50)
  leader.restart()
  await dc.agree([...servers, ...clients])

  for (const server of servers) {
    expect(await server.process.stop('SIGTERM')).toMatchObject({ code: 0 })
    await load.progress(20)
    server.restart()
    await dc.agree([...servers, ...clients])
    await load.progress(20)
  }
  const { verdicts, operations } = await load.finish()
  expect(operations).toBeGreaterThan(200)
  expect(okOnly(verdicts)).toEqual(['linearizable'])
})

test('what was acknowledged is there after all servers were killed at once', { timeout: 120_000 }, async () => {
  const { dc, servers, clients } = await cluster()
  await using _dc = dc
  const load = workload(clients)
  await load.progress(100)
  await Promise.all(servers.map(({ process }) => process.stop('SIGKILL')))
  for (const server of servers) server.restart()
  await dc.agree([...servers, ...clients], 60_000)
  await load.progress(50, 40_000)
  expect(okOnly((await load.finish()).verdicts)).toEqual(['linearizable'])
})

test.for([
  ['as a new one', []],
  ['under the node ID it was given to keep, while the same leader leads', ['node-id']],
] as const)(
  'a server whose data directory was wiped comes back %s and gets everything',
  {
    timeout: 120_000,
  },
  async ([, kept]) => {
    const { dc, servers, clients } = await cluster()
    await using _dc = dc
    for (let key = 0; key < 50; key++) await clients[0]!.put(`/v1/kv/kept/${key}`, `value ${key}`)
    const leader = await dc.agree(servers)
    // The first was told to join nobody: with its memory of the others gone, it has to wait until they look for it.
    const wiped = servers.slice(1).find((server) => server !== leader)!
    await wiped.process.stop('SIGKILL')
    for (const name of readdirSync(wiped.dataDir).filter((name) => !kept.includes(name as never))) {
      rmSync(join(wiped.dataDir, name), { recursive: true })
    }
    wiped.restart()
    expect(await dc.agree(servers, 60_000)).toBe(leader)
    await eventually(async () => {
      const { body, status } = await wiped.ask('/v1/kv/kept/49?raw&stale')
      return status === 200 && body === 'value 49' ? true : undefined
    }, 40_000)
    await clients[1]!.put('/v1/kv/after', 'yes')
  },
)

test('what is registered on a client survives its own restart and that of the servers, and is sent once', {
  timeout: 120_000,
}, async () => {
  const { dc, servers, clients } = await cluster()
  await using _dc = dc
  const client = clients[0]!
  await client.put('/v1/agent/service/register', { Name: 'web', ID: 'web1', Port: 80, Check: { TTL: '10m' } })
  await client.put('/v1/agent/check/pass/service:web1')
  const registered = () =>
    eventually(async () => {
      const found = await servers[0]!.json('/v1/health/service/web?passing').catch(() => [])
      return found.length === 1 ? found[0] : undefined
    }, 40_000)
  expect(await registered()).toMatchObject({ Node: { Node: client.name, Address: client.ip }, Service: { ID: 'web1' } })

  await client.process.stop('SIGKILL')
  client.restart()
  await dc.agree([...servers, ...clients])
  expect(await client.json('/v1/agent/services')).toMatchObject({ web1: { Port: 80 } })
  await client.put('/v1/agent/check/pass/service:web1')
  const { Service } = await registered()

  // Anti-entropy has nothing to say when both sides agree: the catalog's row stays as it is.
  await Promise.all(servers.map(({ process }) => process.stop('SIGKILL')))
  for (const server of servers) server.restart()
  await dc.agree([...servers, ...clients], 60_000)
  await client.put('/v1/agent/check/pass/service:web1')
  expect((await registered()).Service.ModifyIndex).toBe(Service.ModifyIndex)
})

test('a client that leaves is gone from the catalog, a leader that leaves hands over first', {
  timeout: 120_000,
}, async () => {
  const { dc, servers, clients } = await cluster()
  await using _dc = dc
  const [leaving, staying] = clients as [DatacenterAgent, DatacenterAgent]
  await leaving.put('/v1/agent/service/register', { Name: 'gone', Port: 1 })
  await eventually(async () => ((await staying.json('/v1/catalog/service/gone')).length === 1 ? true : undefined))
  await leaving.put('/v1/agent/leave')
  expect(await leaving.process.exited).toMatchObject({ code: 0 })
  await eventually(async () => {
    const nodes = (await staying.json('/v1/catalog/nodes')) as { Node: string }[]
    return nodes.some(({ Node }) => Node === leaving.name) ? undefined : true
  })

  const load = workload([staying])
  await load.progress(20)
  const leader = await dc.agree(servers)
  await leader.put('/v1/agent/leave')
  expect(await leader.process.exited).toMatchObject({ code: 0 })
  const others = servers.filter((server) => server !== leader)
  await dc.agree([...others, staying])
  await load.progress(20)
  expect(okOnly((await load.finish()).verdicts)).toEqual(['linearizable'])
  const peers = (await others[0]!.json('/v1/operator/raft/configuration')).Servers as { ID: string }[]
  expect(peers).toHaveLength(2)
})

test('a late fourth server is taken in without a vote, and gets one', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan([fast, '-hcl=autopilot { server_stabilization_time = "1s" }'])
  const servers = await dc.threeServers()
  const fourth = dc.start({ name: 'server-4', server: true, args: [dc.joining(0)] })
  await dc.agree([...servers, fourth])
  await eventually(async () => {
    const { Servers } = await fourth.json('/v1/operator/raft/configuration')
    const own = (Servers as { Node: string; Voter: boolean }[]).find(({ Node }) => Node === 'server-4')
    return own?.Voter ? true : undefined
  }, 60_000)
  const log = fourth.process.output
  expect(log).not.toMatch(/\[ERROR\]/)
})
