import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'

const quickly = ['-retry-interval=1s', '-hcl=performance { raft_multiplier = 1  rpc_hold_timeout = "1s" }']

test('servers and clients keep what ?cached fetched, until a reader finds it too old', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan(quickly)
  const server = dc.start({ name: 'server', server: true, args: ['-bootstrap'] })
  const client = dc.start({ name: 'client', server: false, args: [dc.joining(0).replace('-join', '-retry-join')] })
  await eventually(async () => ((await client.json('/v1/status/leader')) === '' ? undefined : true))
  const register = (Port: number) =>
    eventually(() =>
      server.put('/v1/catalog/register', { Node: 'n', Address: '192.0.2.1', Service: { Service: 'web', Port } }),
    )
  const asked = async (agent: DatacenterAgent, target: string, control?: string) => {
    return agent.ask(target, control === undefined ? {} : { headers: { 'Cache-Control': control } })
  }
  const execute = async (agent: DatacenterAgent, control?: string) => {
    const { status, body, headers } = await asked(agent, '/v1/query/web/execute?cached', control)
    if (status !== 200) return [status]
    const ports = JSON.parse(body).Nodes.map(({ Service }: { Service: { Port: number } }) => Service.Port)
    return [...ports, headers['x-cache'], headers.age === undefined ? undefined : Number(headers.age) < 60]
  }
  const datacenters = async (agent: DatacenterAgent, control?: string) => {
    const { body, headers } = await asked(agent, '/v1/catalog/datacenters?cached', control)
    return [JSON.parse(body), headers['x-cache'], headers.age === undefined ? undefined : Number(headers.age) < 60]
  }

  await register(80)
  await server.ask('/v1/query', { method: 'POST', body: JSON.stringify({ Name: 'web', Service: { Service: 'web' } }) })
  for (const agent of [server, client]) {
    expect(await datacenters(agent)).toEqual([['dc1'], 'MISS', undefined])
    expect(await datacenters(agent)).toEqual([['dc1'], 'HIT', true])
    expect(await datacenters(agent, 'max-age=60')).toEqual([['dc1'], 'HIT', true])
    expect(await datacenters(agent, 'must-revalidate')).toEqual([['dc1'], 'MISS', undefined])
    expect(await execute(agent)).toEqual([80, 'MISS', undefined])
    expect(await execute(agent)).toEqual([80, 'HIT', true])
  }
  await register(81)
  for (const agent of [server, client]) {
    expect(await execute(agent)).toEqual([80, 'HIT', true])
    expect(await execute(agent, 'max-age=0')).toEqual([81, 'MISS', undefined])
    expect(await execute(agent)).toEqual([81, 'HIT', true])
    expect((await agent.ask('/v1/query/web/execute')).headers['x-cache']).toBeUndefined()
    expect((await agent.ask('/v1/query/web/execute?cached&consistent')).status).toBe(400)
  }

  await server.process.stop('SIGKILL')
  expect(await execute(client)).toEqual([81, 'HIT', true])
  expect(await execute(client, 'max-age=0')).toEqual([500])
  expect(await execute(client, 'max-age=0, stale-if-error=600')).toEqual([81, 'HIT', true])
  expect(await datacenters(client, 'must-revalidate, stale-if-error=600')).toEqual([['dc1'], 'HIT', true])
})
