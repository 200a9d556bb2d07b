import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { localAgent } from './local-agent.fixture.ts'
import { Maintenance } from './maintenance.ts'
import { overdueChecks, reapServices } from './reaper.ts'
import { restoreRegistrations } from './restore.ts'
import { readCheckRequest, readServiceRequest } from './service-definition.ts'

const api = { source: 'api' } as const

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-local-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** An agent with short ways to register. */
async function newAgent(options: Parameters<typeof localAgent>[0] = {}) {
  const agent = localAgent(options)
  const { registrar, registrations, runner, storage, log } = agent
  await restoreRegistrations(storage, registrations, registrar, log)
  const states = () => Object.fromEntries([...registrations.checks].map(([id, { check }]) => [id, check.Status]))
  const service = (written: object, replace = false, source: 'api' | 'config' = 'api') =>
    registrar.registerService(readServiceRequest(written, runner.knows), { source }, replace)
  const check = (written: object) => registrar.registerCheck(readCheckRequest(written, runner.knows), api)
  return { ...agent, states, service, check }
}

describe('a registration', () => {
  test('gives the checks of a service ids and names from it', async () => {
    const { registrations, service, runner } = await newAgent()
    await service({ Name: 'one', Check: { TTL: '1s' } })
    await service({
      ID: 'two-1',
      Name: 'two',
      Checks: [{ TTL: '1s' }, { TTL: '1s', CheckID: 'own', Status: 'warning' }],
    })
    expect(
      [...registrations.checks.values()].map(({ check: { CheckID, Name, Status } }) => [CheckID, Name, Status]),
    ).toEqual([
      ['service:one', "Service 'one' check", 'critical'],
      ['service:two-1:1', "Service 'two' check", 'critical'],
      ['own', "Service 'two' check", 'warning'],
    ])
    expect([...runner.started.keys()]).toEqual(['service:one', 'service:two-1:1', 'own'])
  })

  test('again keeps the status a check has, and hands it to the new check', async () => {
    const { registrar, service, states, runner } = await newAgent()
    await service({ Name: 'web', Check: { TTL: '1s' } })
    await registrar.report('service:web', 'passing', 'well')
    await service({ Name: 'web', Check: { TTL: '2s', Status: 'critical' } })
    expect(states()).toEqual({ 'service:web': 'passing' })
    expect(runner.started.get('service:web')).toMatchObject({ definition: { ttlMs: 2000 }, known: { output: 'well' } })
  })

  test('again gives all its checks the new tags', async () => {
    const { registrations, service, check } = await newAgent()
    await service({ Name: 'web', Tags: ['a'] })
    await check({ Name: 'c', ServiceID: 'web', TTL: '1s' })
    await service({ Name: 'web', Tags: ['b'] })
    expect(registrations.checks.get('c')?.check.ServiceTags).toEqual(['b'])
  })

  test('that replaces removes the other checks, but nobody else ends maintenance', async () => {
    const { registrations, registrar, service, states } = await newAgent()
    await service({
      Name: 'web',
      Checks: [
        { CheckID: 'a', TTL: '1s' },
        { CheckID: 'b', TTL: '1s' },
      ],
    })
    await new Maintenance(registrations, registrar).setService('web', true, '')
    await service({ Name: 'web', Check: { CheckID: 'a', TTL: '1s' } })
    expect(Object.keys(states())).toEqual(['a', 'b', '_service_maintenance:web'])
    await service({ Name: 'web', Check: { CheckID: 'a', TTL: '1s' } }, true)
    expect(Object.keys(states())).toEqual(['a', '_service_maintenance:web'])
  })

  test('that a plugin refuses changes nothing', async () => {
    const { hooks, registrations, service } = await newAgent()
    hooks.registering.tap('test', (registration) => {
      if (registration.kind === 'check') throw new Error('no checks today')
      return registration
    })
    await expect(service({ Name: 'web', Check: { TTL: '1s' } })).rejects.toThrow('no checks today')
    expect(registrations.services.size + registrations.checks.size).toBe(0)
    await service({ Name: 'bare' })
    expect(registrations.services.size).toBe(1)
  })

  test('may be changed by a plugin, and is told to all', async () => {
    const { hooks, registrations, registrar, service } = await newAgent()
    const told: unknown[] = []
    hooks.registering.tap('test', ({ kind, ...rest }) => ({
      kind,
      ...rest,
      ...(rest.service ? { service: { ...rest.service, Meta: { rack: 'r7' } } } : {}),
    }))
    hooks.registered.tap('test', (change) => void told.push(change))
    await service({ Name: 'web' })
    await registrar.deregisterService('web')
    await registrar.deregisterService('web')
    expect(registrations.services.size).toBe(0)
    expect(told).toEqual([
      { kind: 'service', id: 'web', removed: false },
      { kind: 'service', id: 'web', removed: true },
    ])
  })

  test('of a script needs leave', async () => {
    const written = { Name: 's', Args: ['/bin/true'], Interval: '10s' }
    const closed = await newAgent()
    await expect(closed.check(written)).rejects.toMatchObject({
      status: 500,
      message:
        "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
    })
    await expect(closed.service({ Name: 'w', Check: written }, false, 'config')).rejects.toThrow(
      'enable_local_script_checks',
    )
    expect(closed.registrations.services.size).toBe(0)
    const open = await newAgent({ scripts: true })
    await open.check(written)
    expect(open.runner.has('s')).toBe(true)
  })

  test('of a check needs its service', async () => {
    const { check } = await newAgent()
    await expect(check({ Name: 'c', ServiceID: 'gone', TTL: '1s' })).rejects.toThrow('ServiceID "gone" does not exist')
  })
})

describe('the data directory', () => {
  test('brings back services, checks and what TTL checks were reported last', async () => {
    const dataDir = scratch()
    const before = await newAgent({ dataDir })
    await before.service({ Name: 'web', Port: 1, Check: { TTL: '1h' } })
    await before.check({ Name: 'room', disk: { path: '/' }, Interval: '10s', Status: 'passing' })
    await before.check({ Name: 'gone', TTL: '1h' })
    await before.registrar.report('service:web', 'passing', 'well')
    await before.registrar.deregisterCheck('gone')
    await new Maintenance(before.registrations, before.registrar).setNode(true, 'upgrade')

    const after = await newAgent({ dataDir })
    expect(after.registrations.services.get('web')).toEqual(before.registrations.services.get('web'))
    expect(after.states()).toEqual({ 'service:web': 'passing', room: 'critical', _node_maintenance: 'critical' })
    expect(after.registrations.checks.get('service:web')?.check.Output).toBe('well')
    expect(after.registrations.checks.get('_node_maintenance')?.check.Notes).toBe('upgrade')
    expect(after.runner.started.get('room')?.definition).toMatchObject({ type: 'disk', args: { disk: { path: '/' } } })
    expect(after.runner.started.has('_node_maintenance')).toBe(false)
  })

  test('forgets a report that has expired', async () => {
    const dataDir = scratch()
    const before = await newAgent({ dataDir })
    await before.check({ Name: 'c', TTL: '10s' })
    await before.registrar.report('c', 'passing', '')
    const after = localAgent({ dataDir })
    await after.clock.advance(20_000)
    await restoreRegistrations(after.storage, after.registrations, after.registrar, after.log)
    expect(after.registrations.checks.get('c')?.check.Status).toBe('critical')
  })

  test.for(['', '{', '{}', '[]', '{"Service":{"ID":"x"}}', '{"Service":{"ID":5,"Service":"x"}}', '\0\0\0\0'])(
    'with a file that says %j is reported, and the file left alone',
    async (text) => {
      const dataDir = scratch()
      const before = await newAgent({ dataDir })
      await before.service({ Name: 'web' })
      writeFileSync(join(dataDir, 'services', 'broken'), text)
      const after = await newAgent({ dataDir })
      expect([...after.registrations.services.keys()]).toEqual(['web'])
      expect(after.lines.join('')).toContain(join(dataDir, 'services', 'broken'))
      expect(readFileSync(join(dataDir, 'services', 'broken'), 'utf8')).toBe(text)
    },
  )

  test('has no half-written file after a crash', async () => {
    const dataDir = scratch()
    const before = await newAgent({ dataDir })
    await before.service({ Name: 'web' })
    writeFileSync(join(dataDir, 'services', 'abc.tmp'), '{"Serv')
    const after = await newAgent({ dataDir })
    expect(after.lines).toEqual([])
    expect(readdirSync(join(dataDir, 'services'))).toHaveLength(1)
  })

  test('that cannot be written refuses the registration and leaves everything as it was', async () => {
    const dataDir = scratch()
    const { service, registrations } = await newAgent({ dataDir })
    rmSync(join(dataDir, 'services'), { recursive: true })
    await expect(service({ Name: 'web' })).rejects.toMatchObject({ status: 500, code: 'registration_not_stored' })
    expect(registrations.services.size).toBe(0)
  })

  test('gives way to the configuration', async () => {
    const dataDir = scratch()
    const before = await newAgent({ dataDir })
    await before.service({ Name: 'web', Port: 1 })
    const after = localAgent({ dataDir })
    const request = readServiceRequest({ Name: 'web', Port: 2 }, after.runner.knows)
    await after.registrar.registerService(request, { source: 'config' })
    await restoreRegistrations(after.storage, after.registrations, after.registrar, after.log)
    expect(after.registrations.services.get('web')?.service.Port).toBe(2)
    expect(readdirSync(join(dataDir, 'services'))).toEqual([])
  })
})

describe('a service whose check stays critical', () => {
  test('is removed after the time it named, at least a minute', async () => {
    const { service, registrations, registrar, clock, log } = await newAgent()
    await service({ Name: 'web', Check: { TTL: '1s', DeregisterCriticalServiceAfter: '1s' } })
    const overdue = () => overdueChecks(registrations.checks.values(), clock.monotonicMs()).length
    await clock.advance(60_000)
    expect(overdue()).toBe(0)
    await registrar.report('service:web', 'passing', '')
    await clock.advance(60_000)
    await registrar.report('service:web', 'critical', '')
    await clock.advance(30_000)
    await registrar.report('service:web', 'critical', 'still')
    await clock.advance(30_000)
    expect(overdue()).toBe(0)
    await clock.advance(1)
    expect(overdue()).toBe(1)
    await reapServices(registrations, registrar, clock.monotonicMs(), log)
    expect(registrations.services.size + registrations.checks.size).toBe(0)
  })
})

describe('maintenance', () => {
  test('keeps the first reason, and ends when it is told to', async () => {
    const { registrations, registrar, service, states } = await newAgent()
    await service({ Name: 'web' })
    const maintenance = new Maintenance(registrations, registrar)
    await maintenance.setService('web', true, 'broken disk')
    await maintenance.setService('web', true, 'later')
    expect(registrations.checks.get('_service_maintenance:web')?.check).toMatchObject({
      Status: 'critical',
      Notes: 'broken disk',
      Type: 'maintenance',
      ServiceName: 'web',
    })
    await maintenance.setService('web', false, '')
    await maintenance.setService('web', false, '')
    expect(states()).toEqual({})
    await expect(maintenance.setService('none', true, '')).rejects.toMatchObject({ status: 404 })
  })
})
