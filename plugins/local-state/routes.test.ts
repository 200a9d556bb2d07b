import { describe, expect, test } from 'vitest'
import { askRoute } from '../../src/testing/ask-route.ts'
import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import { checkRoutes } from './check-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { localAgent } from './local-agent.fixture.ts'
import { Maintenance } from './maintenance.ts'
import { maintenanceRoutes } from './maintenance-routes.ts'
import { serviceRoutes } from './service-routes.ts'

/** The routes of the plugin and a way to ask them: `ask('check/pass', 'web', 'note=x')`. */
function newApi() {
  const agent = localAgent()
  const { registrations, registrar, runner, clock } = agent
  const knows = runner.knows
  const synced = async () => {}
  const sidecarPorts = { min: 21000, max: 21255 }
  const routes: RouteDeclaration[] = [
    ...serviceRoutes({ registrations, registrar, knows, sidecarPorts, datacenter: 'dc1', clock, synced }),
    ...checkRoutes({ registrations, registrar, knows, synced }),
    ...maintenanceRoutes(new Maintenance(registrations, registrar), synced),
    ...healthRoutes(registrations, 'dc1'),
  ]
  const gone = new AbortController()
  async function ask(path: string, param = '', query = '', body?: unknown): Promise<PlainReply> {
    const found = routes.find((route) => route.path.replace(/\/:\w+$/, '') === `/v1/agent/${path}`)!
    const target = `${found.path.replace(/:\w+$/, encodeURIComponent(param))}?${query}`
    const asked = { body, options: { waitMs: 10_000 }, signal: gone.signal }
    return (await askRoute(routes, found.methods[0]!, target, asked)) as PlainReply
  }
  return { ...agent, ask, gone }
}
const hashOf = (reply: PlainReply) => reply.headers?.['X-Consul-ContentHash']

describe('a service that is read with its hash', () => {
  test('is answered when it changes', async () => {
    const { ask } = newApi()
    await ask('service/register', '', '', { Name: 'web', Port: 1 })
    const hash = hashOf(await ask('service', 'web'))!
    const waiting = ask('service', 'web', `hash=${hash}`)
    await ask('service/register', '', '', { Name: 'other' })
    await ask('service/register', '', '', { Name: 'web', Port: 2 })
    expect(JSON.parse(String((await waiting).body))).toMatchObject({ Port: 2 })
    expect(hashOf(await waiting)).not.toBe(hash)
  })

  test('is answered as it is when its time is over or the client is gone, and leaves nothing behind', async () => {
    const { ask, clock, gone } = newApi()
    await ask('service/register', '', '', { Name: 'web' })
    const hash = hashOf(await ask('service', 'web'))!
    const slow = ask('service', 'web', `hash=${hash}`)
    await clock.advance(10_000)
    expect(hashOf(await slow)).toBe(hash)
    const leaving = ask('service', 'web', `hash=${hash}`)
    gone.abort()
    expect(hashOf(await leaving)).toBe(hash)
    expect(clock.pending).toBe(0)
  })

  test('is 404 as soon as it is removed', async () => {
    const { ask } = newApi()
    await ask('service/register', '', '', { Name: 'web' })
    const waiting = ask('service', 'web', `hash=${hashOf(await ask('service', 'web'))}`)
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ status: 404, message: 'unknown service ID: web' }),
      ask('service/deregister', 'web'),
    ])
  })
})

describe('the health of a service', () => {
  test('is told by status, reason and body, maintenance before all', async () => {
    const { ask } = newApi()
    await ask('service/register', '', '', { Name: 'web', Check: { TTL: '1h', Status: 'passing' } })
    const health = async () => {
      const { status, headers, body } = await ask('health/service/id', 'web', 'format=text')
      return [status, headers?.['X-Consul-Reason'], body]
    }
    expect(await health()).toEqual([200, 'passing', 'passing'])
    await ask('check/warn', 'service:web')
    expect(await health()).toEqual([429, 'warning', 'warning'])
    await ask('service/maintenance', 'web', 'enable=true')
    expect(await health()).toEqual([503, 'maintenance', 'maintenance'])
    await ask('service/maintenance', 'web', 'enable=0')
    await ask('check/update', 'service:web', '', { Status: 'critical', Output: 'bad' })
    expect(await health()).toEqual([503, 'critical', 'critical'])
    const { body } = await ask('health/service/name', 'web')
    expect(JSON.parse(String(body))).toMatchObject([
      { AggregatedStatus: 'critical', Checks: [{ Output: 'bad', Type: '' }] },
    ])
  })

  test('of nothing says so', async () => {
    const { ask } = newApi()
    expect(await ask('health/service/name', 'web')).toMatchObject({ status: 404, body: '[]' })
    expect(await ask('health/service/id', 'web', 'format=text')).toMatchObject({
      status: 404,
      body: '"ServiceId web not found"',
    })
  })
})

describe('a request with a mistake', () => {
  test.for([
    ['service/deregister', '', '', undefined, 500, 'ServiceID missing'],
    ['check/deregister', '', '', undefined, 500, 'CheckID missing'],
    ['service/register', '', '', undefined, 400, 'Request decode failed: EOF'],
    ['check/update', 'c', '', { Status: 'maybe' }, 400, "Invalid check status: 'maybe'"],
    ['maintenance', '', '', undefined, 400, 'Missing value for enable'],
    ['maintenance', '', 'enable=yes', undefined, 400, 'Invalid value for enable: "yes"'],
    ['service/maintenance', '', 'enable=1', undefined, 400, 'Missing service ID'],
    ['service/maintenance', 'x', 'enable=1', undefined, 404, 'No service registered with ID "x"'],
    ['services', '', 'filter=Nonsense==1', undefined, 500, 'Failed to create boolean expression evaluator: '],
  ] as const)('%s %s?%s %j is %i: %s', async ([path, param, query, body, status, message]) => {
    const { ask } = newApi()
    await expect(ask(path, param, query, body)).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    })
  })
})
