import Consul from 'consul'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually } from '../cluster/agent-process.ts'

/** A tour of the npm package `consul`, which was written for Consul and knows nothing of us. */

let agent: AgentProcess
let consul: Consul
const node = 'n1'

beforeAll(async () => {
  const { http, flags } = await agentPorts()
  agent = new AgentProcess(['agent', '-dev', `-node=${node}`, ...flags])
  consul = new Consul({ host: '127.0.0.1', port: http })
  await eventually(async () => (await consul.status.leader()) || undefined)
  await eventually(async () => (await consul.health.node(node))[0])
}, 30_000)
beforeEach(async () => {
  await consul.kv.del({ key: '', recurse: true })
})
afterAll(async () => {
  consul.destroy()
  await agent[Symbol.asyncDispose]()
})

describe('keys', () => {
  test('are written, read, listed and deleted', async () => {
    expect(await consul.kv.set('a/b', 'hello')).toBe(true)
    expect(await consul.kv.get('a/b')).toMatchObject({ Key: 'a/b', Value: 'hello', Flags: 0, LockIndex: 0 })
    expect(await consul.kv.get('none')).toBeUndefined()
    expect(await consul.kv.get({ key: 'a/b', raw: true })).toEqual(Buffer.from('hello'))
    await consul.kv.set('a/ü é', Buffer.from([1, 2]))
    expect(await consul.kv.keys('a/')).toEqual(['a/b', 'a/ü é'])
    expect(await consul.kv.keys({ key: '', separator: '/' })).toEqual(['a/'])
    expect(await consul.kv.get({ key: 'a/', recurse: true })).toHaveLength(2)
    expect(await consul.kv.del('a/b')).toBe(true)
    expect(await consul.kv.del({ key: 'a/', recurse: true })).toBe(true)
    await expect(consul.kv.keys('a/')).rejects.toMatchObject({
      isPapi: true,
      isResponse: true,
      response: { statusCode: 404 },
    })
  })

  test('are changed under conditions', async () => {
    expect(await consul.kv.set({ key: 'a', value: '1', cas: 0 })).toBe(true)
    // The package makes nothing of the answer `false`.
    expect(await consul.kv.set({ key: 'a', value: '2', cas: 0 })).toBeFalsy()
    const { ModifyIndex } = (await consul.kv.get('a'))!
    expect(await consul.kv.set({ key: 'a', value: '3', cas: ModifyIndex, flags: 7 })).toBe(true)
    expect(await consul.kv.get('a')).toMatchObject({ Value: '3', Flags: 7 })
    expect(await consul.kv.del({ key: 'a', cas: ModifyIndex })).toBeFalsy()
  })

  test('are locked by sessions', async () => {
    const { ID } = await consul.session.create({ name: 'tour', ttl: '10s', behavior: 'delete' })
    expect(await consul.session.get(ID)).toMatchObject({ ID, Name: 'tour', Node: node, TTL: '10s' })
    expect(await consul.session.renew(ID)).toMatchObject([{ ID }])
    expect(await consul.session.list()).toMatchObject([{ ID }])
    expect(await consul.session.node(node)).toMatchObject([{ ID }])
    expect(await consul.kv.set({ key: 'lock', value: '', acquire: ID })).toBe(true)
    expect(await consul.kv.get('lock')).toMatchObject({ Session: ID, LockIndex: 1 })
    expect(await consul.kv.set({ key: 'lock', value: '', release: ID })).toBe(true)
    await consul.kv.set({ key: 'lock', value: '', acquire: ID })
    await consul.session.destroy(ID)
    expect(await consul.kv.get('lock')).toBeUndefined()
    await expect(consul.session.renew(ID)).rejects.toMatchObject({ response: { statusCode: 404 } })
  })

  test('are written together in a transaction', async () => {
    const value = Buffer.from('x').toString('base64')
    const written = await consul.transaction.create([
      { KV: { Verb: 'set', Key: 'a', Value: value } },
      { KV: { Verb: 'get', Key: 'a' } },
    ] as never)
    expect(written.Results).toMatchObject([{ KV: { Key: 'a' } }, { KV: { Key: 'a', Value: value } }])
    const refused = consul.transaction.create([{ KV: { Verb: 'check-index', Key: 'a', Index: 1 } }] as never)
    await expect(refused).rejects.toMatchObject({ response: { statusCode: 409 } })
  })
})

describe('the agent', () => {
  test('tells who it is and whom it knows', async () => {
    expect(await consul.agent.self()).toMatchObject({ Config: { NodeName: node, Datacenter: 'dc1', Server: true } })
    expect(await consul.agent.members()).toMatchObject([{ Name: node, Status: 1 }])
    await consul.agent.reload()
    expect(await consul.status.peers()).toHaveLength(1)
  })

  test('keeps services and their checks', async () => {
    await consul.agent.service.register({
      name: 'web',
      id: 'web-1',
      port: 80,
      tags: ['a'],
      check: { ttl: '60s', name: 'alive' } as never,
    })
    expect(await consul.agent.service.list()).toMatchObject({ 'web-1': { Service: 'web', Port: 80, Tags: ['a'] } })
    expect(await consul.agent.check.list()).toMatchObject({
      'service:web-1': { Status: 'critical', ServiceID: 'web-1' },
    })
    await consul.agent.check.pass('service:web-1')
    const passing = () => consul.health.service({ service: 'web', passing: true })
    expect(await eventually(async () => (await passing())[0])).toMatchObject({
      Service: { ID: 'web-1' },
      Node: { Node: node },
    })
    await consul.agent.check.fail({ id: 'service:web-1', note: 'broken' })
    await eventually(async () => (await passing()).length === 0 || undefined)
    expect(await consul.health.checks('web')).toMatchObject([{ Status: 'critical', Output: 'broken' }])
    expect(await consul.health.state('critical')).toMatchObject([{ CheckID: 'service:web-1' }])
    await consul.agent.service.maintenance({ id: 'web-1', enable: true, reason: 'tour' })
    expect(await consul.agent.check.list()).toHaveProperty('_service_maintenance:web-1')
    await consul.agent.service.maintenance({ id: 'web-1', enable: false })
    await consul.agent.service.deregister('web-1')
    expect(await consul.agent.service.list()).toEqual({})
  })

  test('keeps checks of its node', async () => {
    await consul.agent.check.register({ name: 'disk', ttl: '60s', notes: 'space left' } as never)
    await consul.agent.check.warn('disk')
    expect(await consul.agent.check.list()).toMatchObject({ disk: { Status: 'warning', Notes: 'space left' } })
    await consul.agent.check.deregister('disk')
    await consul.agent.maintenance({ enable: true, reason: 'tour' })
    expect(await consul.agent.check.list()).toHaveProperty('_node_maintenance')
    await consul.agent.maintenance({ enable: false })
  })
})

test('the catalog holds what no agent knows of', async () => {
  expect(await consul.catalog.datacenters()).toEqual(['dc1'])
  await consul.catalog.register({
    node: 'printer',
    address: '10.0.0.9',
    service: { service: 'print', port: 631 },
  } as never)
  expect(await consul.catalog.node.list()).toMatchObject([{ Node: node }, { Node: 'printer', Address: '10.0.0.9' }])
  expect(await consul.catalog.node.services('printer')).toMatchObject({ Services: { print: { Port: 631 } } })
  expect(await consul.catalog.service.list()).toEqual({ consul: [], print: [] })
  expect(await consul.catalog.service.nodes('print')).toMatchObject([{ Node: 'printer', ServicePort: 631 }])
  await consul.catalog.deregister('printer')
  expect(await consul.catalog.service.nodes('print')).toEqual([])
})

test('queries are stored and carried out', async () => {
  const { ID } = await consul.query.create({ name: 'servers', service: { service: 'consul', onlypassing: true } })
  expect(await consul.query.list()).toMatchObject([{ ID, Name: 'servers' }])
  expect(await consul.query.get(ID)).toMatchObject({ Service: { Service: 'consul', OnlyPassing: true } })
  await consul.query.update({ query: ID, name: 'all-servers', service: { service: 'consul' } })
  expect(await consul.query.execute('all-servers')).toMatchObject({
    Service: 'consul',
    Nodes: [{ Node: { Node: node } }],
  })
  // The package takes the answer for a list and gives nothing, but it does ask.
  await consul.query.explain('all-servers')
  await (consul.query as unknown as { destroy(id: string): Promise<void> }).destroy(ID)
  expect(await consul.query.list()).toEqual([])
})

test('events are sent and remembered', async () => {
  const { ID } = await consul.event.fire('deploy', 'now')
  const [event] = await eventually(async () => {
    const events = await consul.event.list('deploy')
    return events.length > 0 ? events : undefined
  })
  expect(event).toMatchObject({ ID, Name: 'deploy', Payload: 'now' })
})

test('a watch tells of every change until it is ended', async () => {
  const watch = consul.watch({ method: consul.kv.get, options: { key: 'watched' } })
  const seen: unknown[] = []
  watch.on('change', (entry: { Value?: string } | undefined) => seen.push(entry?.Value))
  watch.on('error', (error) => seen.push(error))
  try {
    await consul.kv.set('watched', '1')
    await eventually(async () => seen.includes('1') || undefined)
    await consul.kv.set('elsewhere', 'x')
    await consul.kv.set('watched', '2')
    await eventually(async () => seen.includes('2') || undefined)
    expect(seen.filter((one) => one !== undefined)).toEqual(['1', '2'])
  } finally {
    watch.end()
  }
})
