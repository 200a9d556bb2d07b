import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HealthCheck, NodeService } from '../../src/wire/structs/catalog.ts'
import { localAgent } from './local-agent.fixture.ts'
import type { Registrations } from './registrations.ts'

const service = (ID: string, Port = 0): NodeService => ({
  ...NodeService.zero(),
  ID,
  Service: ID,
  Port,
  TaggedAddresses: {},
  Weights: { Passing: 1, Warning: 1 },
})

const check = (CheckID: string, ServiceID = '', Status = 'passing'): HealthCheck => ({
  ...HealthCheck.zero(),
  Node: 'node-a',
  CheckID,
  ServiceID,
  ServiceName: ServiceID,
  Status,
})

const putService = (registrations: Registrations, it: NodeService) =>
  registrations.putService({ service: it, source: 'api' })
const putCheck = (registrations: Registrations, it: HealthCheck) =>
  registrations.putCheck({ check: it, source: 'api', draft: undefined, deregisterAfterMs: 0 })

async function started(options: Parameters<typeof localAgent>[0] = {}) {
  const agent = localAgent(options)
  agent.sync.start()
  await agent.sync.synced()
  agent.server.log.length = 0
  return agent
}

describe('keeping the catalog in step', () => {
  test('ends when the agent leaves: what is under way is sent, and nothing after it', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web'))
    await sync.rest()
    expect(server.log).toEqual(['register service web'])
    putService(registrations, service('late'))
    await sync.full()
    expect(server.log).toHaveLength(1)
  })

  test('begins with the node and everything on it, and removes what is not here any more', async () => {
    const { server, registrations, sync, lines } = localAgent()
    server.services.set('old', service('old'))
    server.checks.set('past', check('past'))
    putService(registrations, service('web'))
    putCheck(registrations, check('web-c', 'web'))
    putCheck(registrations, check('node-c'))
    expect(server.log).toEqual([])
    sync.start()
    await sync.synced()
    expect(server.log).toEqual([
      'register node',
      'register service web check web-c=passing',
      'deregister service old',
      'register check node-c=passing',
      'deregister check past',
    ])
    const logged = lines.map((line) => /test: (.*)\n$/.exec(line)?.[1])
    expect(logged).toContain('Synced node info')
    expect(logged).toContain('Synced service: service=web')
    expect(logged).toContain('Synced check: check=web-c')
    expect(logged).toContain('Deregistered service: service=old')
  })

  test('sends a change at once, and several of one moment together', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web'))
    putCheck(registrations, check('c1', 'web'))
    putCheck(registrations, check('c2', 'web', 'critical'))
    await sync.flush()
    expect(server.log).toEqual(['register service web check c1=passing check c2=critical'])
    registrations.settle('c2', 'passing', 'well again')
    await sync.flush()
    expect(server.log.slice(1)).toEqual(['register check c2=passing'])
  })

  test('removes a service together with its checks', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web'))
    putCheck(registrations, check('c', 'web'))
    await sync.flush()
    registrations.removeCheck('c')
    registrations.removeService('web')
    await sync.flush()
    expect(server.log.slice(1)).toEqual(['deregister service web'])
    expect([server.services.size, server.checks.size]).toEqual([0, 0])
  })

  test('finds nothing to do in a full round when all is as it should be', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web'))
    putCheck(registrations, check('c', 'web'))
    await sync.full()
    server.log.length = 0
    await sync.full()
    expect(server.log).toEqual([])
  })

  test('repairs in a full round what somebody did to the catalog', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web'))
    await sync.flush()
    server.services.set('web', service('web', 9))
    server.services.set('alien', service('alien'))
    await sync.full()
    expect([...server.services.keys()]).toEqual(['web'])
    expect(server.services.get('web')?.Port).toBe(0)
  })

  test('does not lose a change that comes while the one before is on its way', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web', 1))
    server.meanwhile = () => {
      server.meanwhile = undefined
      putService(registrations, service('web', 2))
    }
    await sync.synced()
    expect(server.services.get('web')?.Port).toBe(2)
  })

  test('sends no check before its service, also when both come while a round is at work', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('a'))
    server.meanwhile = () => {
      server.meanwhile = undefined
      putService(registrations, service('b'))
      putCheck(registrations, check('b-c', 'b'))
    }
    await sync.synced()
    expect(server.log).toEqual(['register service a', 'register service b check b-c=passing'])
  })

  test('does not remove what was removed and registered again before its turn came', async () => {
    const { server, registrations, sync } = await started()
    putService(registrations, service('web', 1))
    putCheck(registrations, check('c'))
    await sync.flush()
    registrations.removeCheck('c')
    server.meanwhile = () => {
      server.meanwhile = undefined
      registrations.removeService('web')
      putService(registrations, service('web', 2))
    }
    await sync.synced()
    expect(server.log.slice(-2)).toEqual(['deregister check c', 'register service web'])
    expect(server.services.get('web')?.Port).toBe(2)
  })

  test('tries again after a while what could not be written, and knows it for unsent until then', async () => {
    const { server, registrations, sync, clock } = await started()
    server.trouble = new Error('no')
    putService(registrations, service('web'))
    await sync.flush()
    expect(server.services.size).toBe(0)
    server.trouble = undefined
    await clock.advance(30_000)
    await sync.synced()
    expect(server.services.has('web')).toBe(true)
  })

  test('lets an output wait when the status is the same', async () => {
    const { server, registrations, sync, clock } = await started({ outputIntervalMs: 60_000 })
    putCheck(registrations, check('c'))
    await sync.flush()
    registrations.settle('c', 'passing', 'one')
    registrations.settle('c', 'passing', 'two')
    await sync.full()
    expect(server.checks.get('c')?.Output).toBe('')
    await clock.advance(90_000)
    await sync.synced()
    expect(server.checks.get('c')?.Output).toBe('two')
    expect(server.log).toHaveLength(2)
    registrations.settle('c', 'passing', 'three')
    registrations.settle('c', 'critical', 'four')
    await sync.flush()
    expect(server.checks.get('c')?.Output).toBe('four')
  })

  test('ends with the same on both sides, whatever happens in whatever order', async () => {
    const id = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({ do: fc.constant('putService' as const), id, port: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant('removeService' as const), id }),
      fc.record({ do: fc.constant('settle' as const), id, status: fc.constantFrom('passing', 'critical') }),
      fc.record({ do: fc.constantFrom('flush' as const, 'trouble' as const, 'calm' as const), id }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { server, registrations, sync, clock } = await started()
        // A slow catalog, so that several changes of the same thing come together in one round.
        server.meanwhile = () => new Promise((resolve) => setImmediate(resolve))
        for (const one of steps) {
          if (one.do === 'putService') {
            putService(registrations, service(one.id, one.port))
            putCheck(registrations, check(`check ${one.id}`, one.id))
          } else if (one.do === 'removeService') {
            registrations.removeCheck(`check ${one.id}`)
            registrations.removeService(one.id)
          } else if (one.do === 'settle') registrations.settle(`check ${one.id}`, one.status, '')
          else if (one.do === 'flush') await sync.flush()
          else server.trouble = one.do === 'trouble' ? new Error('trouble') : undefined
          await Promise.resolve()
        }
        server.trouble = undefined
        await clock.advance(30_000)
        await sync.synced()
        const ports = (services: Iterable<NodeService>) => [...services].map(({ ID, Port }) => `${ID}:${Port}`).sort()
        const states = (checks: Iterable<HealthCheck>) => [...checks].map((it) => `${it.CheckID}=${it.Status}`).sort()
        expect(ports(server.services.values())).toEqual(
          ports([...registrations.services.values()].map((it) => it.service)),
        )
        expect(states(server.checks.values())).toEqual(states([...registrations.checks.values()].map((it) => it.check)))
      }),
      { numRuns: 100 },
    )
  })
})
