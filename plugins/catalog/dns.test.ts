import { describe, expect, test } from 'vitest'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import type { DnsAnswer, DnsQuestion } from '../dns/contract.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { dnsZones } from './dns.ts'
import { healthReads } from './health-rpc.ts'
import { Nearness } from './near.ts'
import { catalogReads } from './rpc.ts'

function newZones() {
  const catalog = new TestCatalog()
  catalog.register(1, {
    Node: 'Ted.1',
    Address: '192.0.2.11',
    NodeMeta: { rack: 'r1' },
    Service: { ID: 'w', Service: 'web', Tags: ['v1', 'a.b'], Port: 80, Weights: { Passing: 7, Warning: 3 } },
    Check: { CheckID: 'c', Name: 'c', Status: 'passing', ServiceID: 'w' },
  })
  catalog.register(2, {
    Node: 'web-2',
    Address: '192.0.2.12',
    Service: {
      ID: 'w',
      Service: 'web',
      Address: '192.0.2.112',
      Port: 81,
      Weights: { Passing: 5, Warning: 2 },
      TaggedAddresses: { lan_ipv6: { Address: '2001:db8::2', Port: 81 } },
    },
    Check: { CheckID: 'c', Name: 'c', Status: 'warning', ServiceID: 'w' },
  })
  catalog.register(3, {
    Node: 'web-3',
    Address: '192.0.2.13',
    Service: { ID: 'w', Service: 'web', Port: 82 },
    Check: { CheckID: 'c', Name: 'c', Status: 'critical' },
  })
  catalog.register(4, { Node: 'six', Address: '2001:DB8:0::6', Service: { Service: 'sixsvc', Port: 66 } })
  const nearness = new Nearness(() => undefined)
  const rpc = new LocalRpc(catalog.store)
  const zones = dnsZones({ store: catalog.store, rpc, reads: catalogReads(nearness), health: healthReads(nearness) })
  const ask = (kind: keyof typeof zones, labels: string[], more: Partial<DnsQuestion> = {}) =>
    zones[kind]({
      labels,
      kind,
      datacenter: 'dc1',
      type: 'A',
      consistency: 'stale',
      onlyPassing: false,
      ...more,
    }) as DnsAnswer | undefined
  return { catalog, ask }
}

describe('a service', () => {
  test('is answered by its instances that are not critical, with the weight of their health', () => {
    const { ask } = newZones()
    expect(ask('service', ['WEB'])).toMatchObject({
      exists: true,
      shape: 'service',
      instances: [
        {
          address: '192.0.2.11',
          ownAddress: false,
          port: 80,
          weight: 7,
          node: 'Ted.1',
          datacenter: 'dc1',
          nodeMeta: { rack: 'r1' },
        },
        { address: '192.0.2.112', ownAddress: true, port: 81, weight: 2, node: 'web-2', nodeAddress: '192.0.2.12' },
      ],
    })
    expect(ask('service', ['web'], { onlyPassing: true })?.instances).toMatchObject([{ port: 80 }])
  })

  test.for([
    [['v1', 'web'], [80]],
    [['V1', 'web'], [80]],
    [['a', 'b', 'web'], [80]],
    [
      ['_web', '_tcp'],
      [80, 81],
    ],
    [
      ['_web', '_TCP'],
      [80, 81],
    ],
    [['_web', '_v1'], [80]],
    [['nope', 'web'], []],
    [['none'], []],
  ] as const)('named %j has the ports %j', ([labels, ports]) => {
    const { ask } = newZones()
    const answer = ask('service', [...labels])
    expect(answer?.instances.map(({ port }) => port)).toEqual(ports)
    expect(answer?.exists).toBe(ports.length > 0)
  })

  test('prefers the address of the family that is asked for', () => {
    const { ask } = newZones()
    const addresses = (type: string) => ask('service', ['web'], { type })?.instances.map(({ address }) => address)
    expect(addresses('AAAA')).toEqual(['192.0.2.11', '2001:db8::2'])
    expect(addresses('SRV')).toEqual(['192.0.2.11', '192.0.2.112'])
  })

  test('keeps its version until what it shows changes', () => {
    const { catalog, ask } = newZones()
    const answer = ask('service', ['web'])!
    expect(ask('service', ['web'])).toBe(answer)
    catalog.register(9, { Node: 'six', SkipNodeUpdate: true, Service: { Service: 'sixsvc', Port: 67 } })
    expect([ask('service', ['web']) === answer, answer.isCurrent?.()]).toEqual([true, true])
    catalog.deregister(10, { Node: 'web-3' })
    expect([ask('service', ['web']) === answer, answer.isCurrent?.()]).toEqual([false, false])
  })

  test('of another datacenter is not known here', async () => {
    const { ask } = newZones()
    expect(await ask('service', ['web'], { datacenter: 'dc2' })).toBeUndefined()
    expect(ask('service', [])).toBeUndefined()
  })

  test('in the mesh is answered by its proxies', () => {
    const { catalog, ask } = newZones()
    expect(ask('connect', ['web'])?.exists).toBe(false)
    const Service = { ID: 'px', Service: 'p', Kind: 'connect-proxy', Port: 9, Proxy: { DestinationServiceName: 'web' } }
    catalog.register(9, { Node: 'six', SkipNodeUpdate: true, Service })
    expect(ask('connect', ['web'])?.instances).toMatchObject([{ port: 9, node: 'six' }])
  })
})

describe('a node', () => {
  test('is found by a name with dots, and not by another', () => {
    const { ask } = newZones()
    expect(ask('node', ['ted', '1'])).toMatchObject({
      exists: true,
      shape: 'node',
      instances: [{ address: '192.0.2.11', node: 'Ted.1', nodeMeta: { rack: 'r1' } }],
    })
    expect(ask('node', ['none'])).toMatchObject({ exists: false, instances: [] })
  })

  test('is found by its address, however that was spelled; a service by an address of its own', () => {
    const { ask } = newZones()
    expect(ask('arpa', [], { address: '2001:db8::6' })?.instances).toMatchObject([{ node: 'six', ownAddress: false }])
    expect(ask('arpa', [], { address: '192.0.2.112' })?.instances).toMatchObject([
      { node: 'web-2', ownAddress: true, service: 'web' },
    ])
    expect(ask('arpa', [], { address: '192.0.2.250' })?.exists).toBe(false)
  })
})
