import { Catalog, KvStore } from '@creditkarma/consul-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../cluster/agent-process.ts'
import { agentsToTour, kindsOfAgent, type ToTour } from './agents-to-tour.ts'

/** A tour of the npm package `@creditkarma/consul-client`, which was written for Consul and knows nothing of us. */

let toTour: ToTour
beforeAll(async () => {
  toTour = await agentsToTour()
}, 60_000)
afterAll(() => toTour.datacenter[Symbol.asyncDispose]())

describe.each(kindsOfAgent)('through %s', (kind) => {
  // Of several addresses the package takes the next one when one does not answer.
  const store = () => new KvStore([toTour.urls[kind]])
  const catalog = () => new Catalog([toTour.urls[kind]])
  const service = kind === 'a server' ? 'web' : 'mail'

  test('values of any JSON type are written, read and deleted', async () => {
    const key = { path: `tour/${service}/ü é` }
    expect(await store().get(key)).toBeNull()
    for (const value of ['text', 42, { nested: [true, null, 'ü'] }]) {
      expect(await store().set(key, value)).toBe(true)
      expect(await store().get(key)).toEqual(value)
    }
    expect(await store().get({ ...key, dc: 'dc1' })).toEqual({ nested: [true, null, 'ü'] })
    await expect(store().get({ ...key, dc: 'nowhere' })).rejects.toThrow()
    expect(await store().delete(key)).toBe(true)
    expect(await store().get(key)).toBeNull()
  })

  test('a watch tells of every change of a key until it is ignored', async () => {
    const key = { path: `watched/${service}` }
    await store().set(key, 'first')
    const watching = store()
    const seen: unknown[] = []
    watching.watch<string>(key).onValue((value) => void seen.push(value))
    await eventually(async () => seen.includes('first') || undefined)
    await store().set({ path: `elsewhere/${service}` }, 'x')
    await store().set(key, 'second')
    await eventually(async () => seen.includes('second') || undefined)
    expect([...new Set(seen)]).toEqual(['first', 'second'])
    watching.ignore(key)
    await store().set(key, 'third')
    expect(seen).not.toContain('third')
  })

  test('entities are registered and found', async () => {
    const Service = { Service: service, ID: `${service}-1`, Address: '192.0.2.7', Port: 8080, Tags: ['a'] }
    const Check = { Name: 'alive', Status: 'passing', ServiceID: `${service}-1` }
    const entity = { Node: `${service}-node`, Address: '192.0.2.1', Service, Check }
    expect(await catalog().registerEntity(entity)).toBe(true)
    expect(await catalog().listNodes()).toContainEqual(
      expect.objectContaining({ Node: `${service}-node`, Address: '192.0.2.1', Datacenter: 'dc1' }),
    )
    expect(await catalog().listServices()).toMatchObject({ consul: [], [service]: ['a'] })
    // A stale read of those that pass.
    await eventually(async () => (await catalog().listNodesForService(service))[0])
    expect(await catalog().listNodesForService(service)).toMatchObject([{ Service, Checks: [Check] }])
    expect(await catalog().resolveAddress(service)).toBe('192.0.2.7:8080')
    await expect(catalog().resolveAddress('none')).rejects.toThrow('No service found')
  })

  test('a watch tells of a service that moves', async () => {
    const name = `moving-${service}`
    const register = (Port: number) =>
      catalog().registerEntity({
        Node: `${service}-node`,
        Address: '192.0.2.1',
        Service: { Service: name, Port, Address: '' },
      })
    await register(1)
    await eventually(async () => (await catalog().listNodesForService(name))[0])
    const watching = catalog()
    const seen: string[] = []
    watching.watchAddress(name).onValue((address) => void seen.push(address))
    await eventually(async () => seen.includes('192.0.2.1:1') || undefined)
    await register(2)
    await eventually(async () => seen.includes('192.0.2.1:2') || undefined)
    watching.ignoreAddress(name)
  })
})
