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
