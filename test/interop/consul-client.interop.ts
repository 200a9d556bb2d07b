import { beforeAll, describe, expect, test } from 'vitest'
import { ask as askDns } from '../../plugins/dns/testing/dns-agent.ts'
import { eventually, scratchDir } from '../cluster/agent-process.ts'
import { Datacenter, type DatacenterAgent } from '../cluster/datacenter.ts'
import { ConsulAgent, consulBinary } from './consul-agent.ts'

/** A real agent of Consul as a client of three servers of ours. */

beforeAll(() => void consulBinary())

/** Beyond the numbers of our own agents. */
const clientNumber = 40
/** A full round of an agent's anti-entropy comes every minute, and up to a sixteenth later. */
const fullSyncMs = 65_000

async function meeting() {
  const dc = await Datacenter.plan()
  const dir = scratchDir()
  const servers = await dc.threeServers()
  const { ports } = servers[0]!
  const join = `-retry-join=${servers[0]!.ip}:${ports.serfLan}`
  const client = new ConsulAgent({ name: 'real', ip: dc.ipOf(clientNumber), dir: dir.path, ports, args: [join] })
  await client.knowsLeader()
  return {
    dc,
    servers,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await dc[Symbol.asyncDispose]()
      dir[Symbol.dispose]()
    },
  }
}

const web = {
  ID: 'web-1',
  Name: 'web',
  Port: 8080,
  Tags: ['v1'],
  Meta: { k: 'v' },
  Checks: [{ Name: 'beat', CheckID: 'beat', TTL: '10m', Status: 'passing' }],
}

/** Waits until a server shows so many instances of a service. */
function instances(server: DatacenterAgent, count: number): Promise<unknown[]> {
  return eventually(async () => {
    const found = (await server.json('/v1/health/service/web?passing')) as unknown[]
    return found.length === count ? found : undefined
  }, 60_000)
}

async function addresses({ ip, ports }: { readonly ip: string; readonly ports: { readonly dns: number } }) {
  const { answers } = await askDns(`${ip}:${ports.dns}`, { name: 'web.service.consul', type: 'A' })
  return answers.map((answer) => answer.split(' ').at(-1)!)
}

describe('a real client agent', () => {
  test('joins, registers, and is read back through our servers by HTTP and DNS', async () => {
    await using all = await meeting()
    const { client, servers } = all
    const { ip, ports } = client.options
    await client.put('/v1/agent/service/register', web)
    for (const server of servers) {
      const [found] = (await instances(server, 1)) as [{ Node: object; Service: object; Checks: object[] }]
      expect(found).toMatchObject({
        Node: { Node: 'real', Address: ip },
        Service: { ID: 'web-1', Port: 8080, Meta: { k: 'v' } },
      })
      expect(found.Checks.map((check) => (check as { CheckID: string }).CheckID).sort()).toEqual(['beat', 'serfHealth'])
      expect(await addresses(server)).toEqual([ip])
    }
    expect(await addresses({ ip, ports })).toEqual([ip])
    expect((await client.json('/v1/catalog/nodes')).map(({ Node }: { Node: string }) => Node)).toContain('real')

    // Blocking reads of health come over the gRPC subscription, which has nothing to fall back on.
    const { headers } = await client.ask('/v1/health/service/web')
    const waiting = client.ask(`/v1/health/service/web?index=${headers['x-consul-index']}&wait=60s`)
    await client.put('/v1/agent/check/fail/beat')
    const woken = await waiting
    expect(woken.status).toBe(200)
    expect(JSON.parse(woken.body)[0].Checks.some((check: { Status: string }) => check.Status === 'critical')).toBe(true)
  })

  test('reads and writes keys, holds locks by sessions, and hears events', async () => {
    await using all = await meeting()
    const { client, servers } = all
    const [server] = servers as [DatacenterAgent]
    expect((await client.put('/v1/kv/a', 'one')).trim()).toBe('true')
    expect((await server.ask('/v1/kv/a?raw')).body).toBe('one')
    const { headers } = await client.ask('/v1/kv/a')
    const waiting = client.ask(`/v1/kv/a?raw&index=${headers['x-consul-index']}&wait=60s`)
    await server.put('/v1/kv/a', 'two')
    expect((await waiting).body).toBe('two')

    const { ID } = JSON.parse(await client.put('/v1/session/create', { Name: 's', TTL: '10s', LockDelay: '0s' }))
    expect((await client.put(`/v1/kv/lock?acquire=${ID}`, 'mine')).trim()).toBe('true')
    expect((await server.json('/v1/kv/lock'))[0].Session).toBe(ID)
    expect(JSON.parse(await client.put(`/v1/session/renew/${ID}`))[0].TTL).toBe('10s')
    await client.put(`/v1/session/destroy/${ID}`)
    expect((await server.json('/v1/kv/lock'))[0].Session).toBeUndefined()

    const operations = [{ KV: { Verb: 'set', Key: 't', Value: 'eA==' } }, { KV: { Verb: 'get', Key: 't' } }]
    expect(JSON.parse(await client.put('/v1/txn', operations)).Results).toHaveLength(2)

    const heard = (agent: { json(path: string): Promise<unknown> }, name: string) =>
      eventually(async () => {
        const events = (await agent.json(`/v1/event/list?name=${name}`)) as { Payload: string }[]
        return events.length > 0 ? Buffer.from(events[0]!.Payload, 'base64').toString() : undefined
      })
    await client.put('/v1/event/fire/from-consul', 'hello')
    for (const one of servers) expect(await heard(one, 'from-consul')).toBe('hello')
    await server.put('/v1/event/fire/from-us', 'hello back')
    expect(await heard(client, 'from-us')).toBe('hello back')
  })

  test('settles: what it registered is sent once, and not again at the next full round', async () => {
    await using all = await meeting()
    const { client, servers } = all
    await client.put('/v1/agent/service/register', web)
    await instances(servers[0]!, 1)
    const seen = async () => {
      const services = await servers[0]!.json('/v1/catalog/node/real')
      const checks = await servers[0]!.json('/v1/health/node/real')
      return JSON.stringify([services, checks])
    }
    await client.process.printed(/Synced (node|service|check)/)
    const before = await seen()
    const syncs = () => client.process.output.match(/Synced (node info|service|check)/g)?.length ?? 0
    const sent = syncs()
    await new Promise((resolve) => setTimeout(resolve, fullSyncMs))
    expect(syncs()).toBe(sent)
    expect(await seen()).toBe(before)
  })

  test('is critical when it is killed, and well again when it comes back', async () => {
    await using all = await meeting()
    const { client, servers } = all
    await client.put('/v1/agent/service/register', web)
    for (const server of servers) await instances(server, 1)
    await client.process.stop('SIGKILL')
    for (const server of servers) await instances(server, 0)
    client.restart()
    // Its registrations are back; a TTL check counts as critical until somebody reports.
    await eventually(async () =>
      (await client.ask('/v1/agent/check/pass/beat', { method: 'PUT' })).status === 200 ? true : undefined,
    )
    for (const server of servers) await instances(server, 1)
    // Left on purpose, it is gone altogether.
    await client.put('/v1/agent/leave')
    await eventually(async () => {
      const nodes = (await servers[1]!.json('/v1/catalog/nodes')) as { Node: string }[]
      return nodes.some(({ Node }) => Node === 'real') ? undefined : true
    }, 60_000)
  })
})
