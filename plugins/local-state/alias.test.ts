import { describe, expect, test } from 'vitest'
import { HealthCheck } from '../../src/wire/structs/catalog.ts'
import { aliasStatus } from './alias.ts'
import { localAgent } from './local-agent.fixture.ts'
import { readCheckRequest, readServiceRequest } from './service-definition.ts'

const check = (ServiceID: string, Status: string, Output = '') => ({
  ...HealthCheck.zero(),
  Name: `${ServiceID}-check`,
  ServiceID,
  Status,
  Output,
})
const target = { node: '', serviceId: 'web' }

describe('the status of an alias', () => {
  test.for([
    ['without checks passes', [], true, 'passing', 'No checks found.'],
    ['is critical when the service is not there', [], false, 'critical', 'Service web could not be found on node '],
    ['passes with all', [check('web', 'passing')], true, 'passing', 'All checks passing.'],
    [
      'is that of the worst',
      [check('web', 'warning', 'hm'), check('web', 'critical', 'bad'), check('web', 'passing')],
      true,
      'critical',
      'Aliased check "web-check" failing: bad',
    ],
    ['is not that of another service', [check('db', 'critical')], true, 'passing', 'No checks found.'],
    [
      'is that of the node too',
      [check('', 'critical', 'fire')],
      true,
      'critical',
      'Aliased check "-check" failing: fire',
    ],
  ] as const)('%s', ([, checks, exists, status, output]) => {
    expect(aliasStatus(target, checks, exists)).toEqual({ status, output })
  })
})

describe('an alias on this agent', () => {
  test('follows its service', async () => {
    const { registrations, registrar, runner } = localAgent()
    const alias = () => registrations.checks.get('alias')?.check.Status
    await registrar.registerCheck(readCheckRequest({ ID: 'alias', Name: 'alias', AliasService: 'web' }, runner.knows), {
      source: 'api',
    })
    await registrar.registerService(readServiceRequest({ Name: 'web', Check: { TTL: '1s' } }, runner.knows), {
      source: 'api',
    })
    await expect.poll(alias).toBe('critical')
    await registrar.report('service:web', 'passing', '')
    await expect.poll(alias).toBe('passing')
    await registrar.deregisterService('web')
    await expect.poll(alias).toBe('critical')
  })

  test('of an alias of itself comes to rest', async () => {
    const { registrations, registrar, runner } = localAgent()
    const request = (id: string, of: string) => ({
      Name: id,
      Check: { CheckID: `${id}-c`, AliasService: of, Status: 'critical' },
    })
    for (const [id, of] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      await registrar.registerService(readServiceRequest(request(id, of), runner.knows), { source: 'api' })
    }
    let changes = 0
    registrations.listen(() => changes++)
    await expect
      .poll(
        async () => {
          const before = changes
          for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
          return changes - before
        },
        { timeout: 5000 },
      )
      .toBe(0)
  })
})
