import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'

const quickly = ['-retry-interval=1s', '-hcl=performance { raft_multiplier = 1 }']

interface Peers {
  readonly Servers: readonly { readonly ID: string; readonly Node: string; readonly Leader: boolean }[]
}

async function leaderOf(agent: DatacenterAgent) {
  const { Servers } = (await agent.json('/v1/operator/raft/configuration')) as Peers
  return Servers.find(({ Leader }) => Leader)
}

test('leadership is handed over through whichever agent is asked', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(quickly)
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  const path = '/v1/operator/raft/transfer-leader'
  const { Servers } = (await client.json('/v1/operator/raft/configuration')) as Peers
  // Through the client, and through whoever leads now or does not.
  for (const [at, agent] of [client, ...servers].entries()) {
    const target = Servers[at % 3]!
    if ((await leaderOf(client))?.ID === target.ID) continue
    expect(await agent.ask(`${path}?id=${target.ID}`, { method: 'POST' })).toMatchObject({
      status: 200,
      body: '{"Success":true}',
    })
    await eventually(async () => ((await leaderOf(client).catch(() => undefined))?.ID === target.ID ? true : undefined))
  }
  for (const agent of [client, ...servers]) {
    const { status, body } = await agent.ask(`${path}?id=nobody`, { method: 'PUT' })
    expect([status, body]).toEqual([
      500,
      'rpc error: code = Unknown desc = Could not find address for server id nobody',
    ])
  }
})

test('a client agent refuses what is more than its rate', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(quickly)
  const server = dc.start({ name: 'server', server: true, args: ['-bootstrap'] })
  await server.process.printed(/cluster leadership acquired/)
  const config = join(dc.directory, 'limits.hcl')
  const limit = (rate: number, burst: number) =>
    writeFileSync(config, `limits { rpc_rate = ${rate} rpc_max_burst = ${burst} }`)
  limit(-1, 1)
  const [client] = (await dc.clients(1, [`-config-file=${config}`])) as [DatacenterAgent]
  const ask = async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.ask('/v1/kv/a')))
    return answers.filter(({ status }) => status === 429)
  }
  expect(await ask()).toEqual([])
  limit(0, 5)
  await client.put('/v1/agent/reload')
  const refused = await ask()
  expect(refused.length).toBeGreaterThanOrEqual(15)
  expect(refused[0]!.body).toBe('RPC rate limit exceeded')
  limit(-1, 1)
  await client.put('/v1/agent/reload')
  expect(await ask()).toEqual([])
})

const nobody = 'adf4238a-882b-9ddc-4a9d-5b6758e4159e'

/** Requests that somebody refuses: the agent that is asked, a server, or the leader. */
const refused: readonly (readonly [method: string, path: string, body?: string | object])[] = [
  ['PUT', `/v1/kv/a?acquire=${nobody}`, 'x'],
  ['PUT', '/v1/kv/', 'x'],
  ['GET', '/v1/kv/a?dc=none'],
  ['GET', `/v1/query/${nobody}`],
  ['GET', '/v1/query/none/execute'],
  ['GET', '/v1/query/none/explain'],
  ['DELETE', `/v1/query/${nobody}`],
  ['POST', '/v1/query', { Service: { Service: 'a' }, Session: nobody }],
  ['PUT', '/v1/session/create', { TTL: '1s' }],
  ['PUT', '/v1/session/create', { Node: 'nobody' }],
  ['PUT', `/v1/session/renew/${nobody}`],
  ['PUT', '/v1/txn', [{ KV: { Verb: 'get', Key: 'none' } }]],
  ['PUT', '/v1/txn', [{ KV: { Verb: 'cas', Key: 'a', Index: 999_999, Value: 'eA==' } }]],
  ['PUT', '/v1/catalog/register', { Node: 'n' }],
  ['PUT', '/v1/catalog/register', { Node: 'n', Address: '192.0.2.1', ID: 'bad' }],
  ['PUT', '/v1/catalog/deregister', {}],
  ['GET', '/v1/catalog/nodes?filter=bad'],
  ['GET', '/v1/catalog/service/x?filter=Nope==1'],
  ['PUT', '/v1/coordinate/update', { Node: 'n', Coord: { Vec: [1] } }],
  ['DELETE', '/v1/operator/raft/peer?id=x'],
  ['GET', '/v1/operator/raft/configuration?dc=none'],
]

test('what is refused is refused alike by every agent, whoever finds out', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(quickly)
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  const leader = await dc.agree([...servers, client])
  const follower = servers.find((server) => server !== leader)!
  await client.put('/v1/kv/a', 'x')
  for (const [method, path, body = ''] of refused) {
    const request = { method, body: typeof body === 'string' ? body : JSON.stringify(body) }
    const answers = await Promise.all([leader, follower, client].map((agent) => agent.ask(path, request)))
    // Each agent on the way says so in front of what the last one said.
    const said = answers.map(({ status, body }) => [status, body.replaceAll('rpc error making call: ', '')])
    expect(said[0]![0], path).toBeGreaterThanOrEqual(400)
    expect(said.slice(1), path).toEqual([said[0], said[0]])
  }
})

test('nobody waits at a server for a reader who went away', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan([...quickly, '-hcl=telemetry { prometheus_retention_time = "1h" }'])
  const servers = await dc.threeServers()
  const [client] = (await dc.clients(1)) as [DatacenterAgent]
  const leader = await dc.agree([...servers, client])
  const follower = servers.find((server) => server !== leader)!
  const readersBecome = (count: number) =>
    eventually(async () => {
      const { body } = await leader.ask('/v1/agent/metrics?format=prometheus')
      return Number(/live_queries_readers(?:{.*})? (\d+)/.exec(body)?.[1]) === count ? true : undefined
    })
  await readersBecome(0)
  const gone = new AbortController()
  const asked = [client, follower].flatMap((agent) =>
    Array.from({ length: 10 }, (_, key) =>
      agent.ask(`/v1/kv/${agent.name}-${key}?index=1000000`, { signal: gone.signal }),
    ),
  )
  await readersBecome(20)
  gone.abort(new Error('the reader went away'))
  for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected')
  await readersBecome(0)
})
