import Consulite from 'consulite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../cluster/agent-process.ts'
import { agentsToTour, kindsOfAgent, type ToTour } from './agents-to-tour.ts'

/** A tour of the npm package `consulite`, which finds services for HTTP clients. */

let toTour: ToTour
beforeAll(async () => {
  toTour = await agentsToTour()
}, 60_000)
afterAll(() => toTour.datacenter[Symbol.asyncDispose]())

describe.each(kindsOfAgent)('through %s', (kind) => {
  const name = kind === 'a server' ? 'web' : 'mail'
  const places = [81, 82].map((port) => ({ address: '192.0.2.1', port }))
  let consulite: Consulite

  beforeAll(async () => {
    const consul = toTour.urls[kind]
    consulite = new Consulite({ consul })
    for (const Port of [81, 82, 83]) {
      const Check = { Name: 'alive', TTL: '60s', Status: Port === 83 ? 'critical' : 'passing' }
      const service = { Name: name, ID: `${name}-${Port}`, Address: '192.0.2.1', Port, Check }
      const { ok } = await fetch(`${consul}/v1/agent/service/register`, {
        method: 'PUT',
        body: JSON.stringify(service),
      })
      expect(ok).toBe(true)
    }
    await eventually(async () => ((await consulite.getServiceStatus(name)).length === 3 ? true : undefined))
  })

  test('names are listed', async () => {
    expect(await consulite.getServiceNames()).toEqual(expect.arrayContaining(['consul', name]))
  })

  test('each instance has the status of its check', async () => {
    const found = await consulite.getServiceStatus(name)
    expect(found.map(({ port, status }) => [port, status]).sort()).toEqual([
      [81, 'passing'],
      [82, 'passing'],
      [83, 'critical'],
    ])
  })

  test('those that pass are found and taken in turn', async () => {
    expect(await consulite.refreshService(name)).toEqual(expect.arrayContaining(places))
    const taken = [await consulite.getService(name), await consulite.getService(name)]
    expect(taken.map(({ port }) => port).sort()).toEqual([81, 82])
    expect(consulite.getCachedService(name)).toMatchObject({ address: '192.0.2.1' })
    expect(await consulite.getServiceHosts(name)).toHaveLength(2)
  })

  test('one that nobody offers is an error', async () => {
    await expect(consulite.getService('none')).rejects.toThrow("couldn't be found")
  })
})
