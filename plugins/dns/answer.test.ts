import { Packet } from 'dns2'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { composeNode, composePointer, composeService } from './answer.ts'
import type { DnsAnswer, DnsInstance } from './contract.ts'
import { readSettings } from './settings.ts'
import { type DnsValues, defaultValues, instanceOf } from './testing/dns-agent.ts'

const { TYPE } = Packet

function answerOf(shape: DnsAnswer['shape'], ...instances: Partial<DnsInstance>[]): DnsAnswer {
  return { exists: true, instances: instances.map(instanceOf), shape, version: {} }
}

function occasion(type: number, values: Partial<DnsValues> = {}) {
  const settings = readSettings({ ...defaultValues, ...values })
  return { owner: 'web.service.consul', type, zone: settings.zones[0], ttlSeconds: 5, settings, mostAnswers: 100 }
}

function service(type: number, values: Partial<DnsValues>, ...instances: Partial<DnsInstance>[]) {
  return composeService(answerOf('service', ...instances), occasion(type, values), seededRandom(3))
}

describe('the addresses of a service', () => {
  test('come once each', () => {
    const { answers } = service(TYPE.A, {}, { port: 1 }, { port: 2 }, { address: '192.0.2.2' })
    expect(answers.map(({ address }) => address).sort()).toEqual(['192.0.2.1', '192.0.2.2'])
  })

  test('are those of the family that was asked for', () => {
    const both = [{ address: '192.0.2.1' }, { address: '2001:DB8::1' }]
    expect(service(TYPE.AAAA, {}, ...both).answers).toMatchObject([{ type: TYPE.AAAA, address: '2001:db8::1' }])
    expect(service(TYPE.ANY, {}, ...both).answers).toHaveLength(2)
    expect(service(TYPE.MX, {}, ...both).answers).toEqual([])
  })

  test('are an alias only when there is no other', () => {
    const alias = { address: 'ext.example.com.' }
    expect(service(TYPE.A, {}, alias, { address: 'b.example.com' }).answers).toHaveLength(1)
    expect(service(TYPE.A, {}, alias).answers).toMatchObject([{ type: TYPE.CNAME, domain: 'ext.example.com' }])
    expect(service(TYPE.A, {}, alias, {}).answers).toMatchObject([{ type: TYPE.A }])
  })

  test('leave out a host name that is no name', () => {
    expect(service(TYPE.A, {}, { address: 'x'.repeat(64) }, { address: '' }).answers).toEqual([])
  })

  test('are the node’s when the service’s own is the name that was asked for', () => {
    const circular = { address: 'web.service.consul', ownAddress: true, nodeAddress: '192.0.2.7' }
    expect(service(TYPE.A, {}, circular).answers).toMatchObject([{ address: '192.0.2.7' }])
    expect(service(TYPE.SRV, {}, circular).answers).toMatchObject([{ target: 'web1.node.dc1.consul' }])
  })

  test('are as many as the limit allows, each as often as the others', () => {
    const instances = Array.from({ length: 6 }, (_, i) => instanceOf({ address: `192.0.2.${i}` }))
    const answer = answerOf('service', ...instances)
    const random = seededRandom(5)
    const seen = new Map<string, number>()
    for (let i = 0; i < 3000; i++) {
      const { answers } = composeService(answer, occasion(TYPE.A, { aRecordLimit: 2 }), random)
      expect(answers).toHaveLength(2)
      for (const { address } of answers) seen.set(address!, (seen.get(address!) ?? 0) + 1)
    }
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })
})

describe('the SRV records of a service', () => {
  test('lead to the node, or to the service’s own address', () => {
    const own = { node: 'Web2', address: '192.0.2.112', ownAddress: true, port: 81, weight: 3 }
    const { answers, additionals } = service(TYPE.SRV, {}, own)
    expect(answers).toMatchObject([{ priority: 1, weight: 3, port: 81, target: 'c0000270.addr.dc1.consul', ttl: 5 }])
    expect(additionals).toMatchObject([{ name: 'c0000270.addr.dc1.consul', address: '192.0.2.112', ttl: 5 }])
  })

  test('lead to a host name without an address beside it', () => {
    const { answers, additionals } = service(TYPE.SRV, {}, { address: 'ext.example.com' })
    expect(answers).toMatchObject([{ target: 'ext.example.com' }])
    expect(additionals).toEqual([])
  })

  test('come once for each port of a node', () => {
    expect(service(TYPE.SRV, {}, { port: 1 }, { port: 2 }, { port: 2 }).answers).toHaveLength(2)
  })

  test('carry the metadata of nodes unless switched off', () => {
    const tagged = { nodeMeta: { a: 'b' } }
    expect(service(TYPE.SRV, {}, tagged).additionals).toHaveLength(2)
    expect(service(TYPE.SRV, { nodeMetaTxt: false }, tagged).additionals).toHaveLength(1)
  })
})

describe('the records of a node', () => {
  const node = answerOf('node', { nodeMeta: { a: 'b' } })

  test.for([
    ['A', 1, 1],
    ['AAAA', 0, 1],
    ['TXT', 1, 0],
    ['ANY', 2, 0],
    ['SRV', 0, 0],
    ['CNAME', 0, 0],
  ] as const)('asked for %s are %i, with %i beside them', ([type, answers, additionals]) => {
    const composition = composeNode(node, occasion(TYPE[type]))
    expect([composition.answers.length, composition.additionals.length]).toEqual([answers, additionals])
  })

  test('have no metadata beside them when that is switched off', () => {
    expect(composeNode(node, occasion(TYPE.A, { nodeMetaTxt: false })).additionals).toEqual([])
    expect(composeNode(node, occasion(TYPE.TXT, { nodeMetaTxt: false })).answers).toHaveLength(1)
  })
})

test('the name of an address is that of its node or its service', () => {
  const { zone } = occasion(TYPE.PTR)
  expect(composePointer(answerOf('node', { node: 'bücher' }), 'x', zone).answers).toMatchObject([
    { domain: Buffer.from('bücher.node.dc1.consul').toString('latin1') },
  ])
  expect(composePointer(answerOf('node'), 'x', zone).answers).toEqual([])
})
