import { expect, test } from 'vitest'
import { ask as askDns } from '../../plugins/dns/testing/dns-agent.ts'
import { eventually } from './agent-process.ts'
import { Datacenter, type DatacenterAgent } from './datacenter.ts'

const quickly = ['-retry-interval=1s', '-hcl=performance { raft_multiplier = 1 }']

async function pair(dc: Datacenter): Promise<[DatacenterAgent, DatacenterAgent]> {
  const server = dc.start({ name: 'server', server: true, args: ['-bootstrap'] })
  const join = dc.joining(0).replace('-join', '-retry-join')
  const client = dc.start({ name: 'client', server: false, args: [join] })
  await eventually(async () => ((await client.json('/v1/status/leader')) === '' ? undefined : true))
  return [server, client]
}

test('a client agent answers everything with what the servers know', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(quickly)
  const [server, client] = await pair(dc)
  const both = async (path: string) => {
    const [ours, theirs] = await Promise.all([client.ask(path), server.ask(path)])
    expect([ours.status, ours.body]).toEqual([theirs.status, theirs.body])
    for (const header of ['x-consul-index', 'x-consul-knownleader', 'x-consul-effective-consistency']) {
      expect([path, header, ours.headers[header]]).toEqual([path, header, theirs.headers[header]])
    }
    return ours
  }

  await client.put('/v1/kv/a?flags=7', 'one')
  await client.put('/v1/agent/service/register', {
    ID: 'web-1',
    Name: 'web',
    Tags: ['v1'],
    Port: 80,
    Check: { TTL: '30s', Status: 'passing' },
  })
  await eventually(async () => ((await server.json('/v1/health/service/web?passing')).length === 1 ? true : undefined))
  const { ID } = JSON.parse(await client.put('/v1/session/create', { Name: 's', TTL: '30s' }))
  expect(JSON.parse(await client.put(`/v1/kv/lock?acquire=${ID}`, 'mine'))).toBe(true)
  expect(JSON.parse(await client.put(`/v1/session/renew/${ID}`))).toMatchObject([{ ID, Node: 'client' }])
  expect(await client.put('/v1/txn', [{ KV: { Verb: 'set', Key: 't', Value: 'dA==' } }])).toContain('"Errors":null')

  for (const path of [
    '/v1/status/leader',
    '/v1/status/peers',
    '/v1/operator/raft/configuration',
    '/v1/kv/a',
    '/v1/kv/a?raw&consistent',
    '/v1/kv/?recurse',
    '/v1/kv/?keys&separator=/',
    '/v1/kv/missing',
    '/v1/catalog/datacenters',
    '/v1/catalog/nodes',
    '/v1/catalog/nodes?node-meta=x:y',
    '/v1/catalog/nodes?filter=Node==client',
    '/v1/catalog/services',
    '/v1/catalog/service/web',
    '/v1/catalog/service/web?tag=v1',
    '/v1/catalog/service/none',
    '/v1/catalog/connect/web',
    '/v1/catalog/node/client',
    '/v1/catalog/node/none',
    '/v1/catalog/node-services/client',
    '/v1/catalog/node-services/none',
    '/v1/catalog/gateway-services/none',
    '/v1/health/node/client',
    '/v1/health/checks/web',
    '/v1/health/state/passing',
    '/v1/health/service/web',
    '/v1/health/service/web?passing',
    '/v1/health/connect/web',
    '/v1/health/ingress/web',
    '/v1/internal/ui/nodes',
    '/v1/internal/ui/node/client',
    '/v1/internal/ui/node/none',
    '/v1/internal/ui/services',
    '/v1/internal/ui/services?filter=bad',
    '/v1/internal/ui/service-topology/web?kind=',
    '/v1/internal/ui/gateway-services-nodes/none',
    '/v1/internal/ui/gateway-intentions/none',
    `/v1/session/info/${ID}`,
    '/v1/session/list',
    '/v1/session/node/client',
    '/v1/catalog/nodes?filter=bad',
    '/v1/kv/a?index=x',
  ]) {
    await both(path)
  }

  const dns = `${client.ip}:${client.ports.dns}`
  expect((await askDns(dns, { name: 'web.service.consul', type: 'A' })).answers).toEqual([
    expect.stringContaining(client.ip),
  ])
  expect((await askDns(dns, { name: 'server.node.consul', type: 'A' })).answers).toHaveLength(1)
  expect((await askDns(dns, { name: 'none.service.consul', type: 'A' })).rcode).toBe('NXDOMAIN')
  expect((await askDns(dns, { name: 'web.service.elsewhere.consul', type: 'A' })).rcode).toBe('NXDOMAIN')

  const refused = await client.ask('/v1/kv/a?dc=elsewhere')
  expect([refused.status, refused.body]).toEqual([500, 'rpc error making call: No path to datacenter'])
})

test('readers of a client agent wait at the server, which outlives neither', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(quickly)
  const [server, client] = await pair(dc)
  await client.put('/v1/kv/w', 'one')
  const index = (await client.ask('/v1/kv/w')).headers['x-consul-index']
  const waiting = Array.from({ length: 20 }, () => client.ask(`/v1/kv/w?raw&index=${index}`))
  const gone = client.ask(`/v1/kv/w?index=${index}`, { signal: AbortSignal.timeout(200) })
  await expect(gone).rejects.toThrow()
  await server.put('/v1/kv/w', 'two')
  expect((await Promise.all(waiting)).map(({ body }) => body)).toEqual(Array(20).fill('two'))

  const next = (await client.ask('/v1/kv/w')).headers['x-consul-index']
  const through = client.ask(`/v1/kv/w?raw&index=${next}`)
  server.process.kill('SIGKILL')
  await server.process.exited
  server.restart()
  await eventually(async () => {
    await client.put('/v1/kv/w', 'three')
    return true
  })
  expect(await through).toMatchObject({ status: 200, body: 'three' })
})

test('a client agent without servers says so, and catches up when it meets one', { timeout: 120_000 }, async () => {
  await using dc = await Datacenter.plan(quickly)
  const join = `-retry-join=${dc.ipOf(1)}`
  const client = dc.start({ name: 'client', server: false, args: [join] })
  await client.process.printed(/Starting server: .*protocol=http/)
  for (const path of ['/v1/kv/a', '/v1/kv/a?stale', '/v1/catalog/nodes', '/v1/status/leader']) {
    const { status, body } = await client.ask(path)
    expect([status, body]).toEqual([500, 'No known Consul servers'])
  }
  await client.put('/v1/agent/service/register', { Name: 'early', Port: 80 })
  const server = dc.start({ name: 'server', server: true, args: ['-bootstrap'] })
  await server.process.printed(/cluster leadership acquired/)
  await client.ask(`/v1/agent/join/${server.ip}:${server.ports.serfLan}`, { method: 'PUT' })
  await eventually(async () => ((await server.json('/v1/catalog/service/early')).length === 1 ? true : undefined))
})
