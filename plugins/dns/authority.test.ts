import { expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { authorityRecord, nameServers } from './authority.ts'
import type { DnsInstance } from './contract.ts'
import { readSettings } from './settings.ts'
import { defaultValues, instanceOf } from './testing/dns-agent.ts'

const settings = readSettings({ ...defaultValues, nodeTtl: 7000, soaMinTtl: 14 })
const [zone] = settings.zones

function servers(...instances: Partial<DnsInstance>[]) {
  const answer = { exists: true, instances: instances.map(instanceOf), shape: 'service', version: {} } as const
  return nameServers(zone, answer, settings, seededRandom(2))
}

test('the start of authority has the time as its serial', () => {
  expect(authorityRecord(zone, settings, 1_700_000_000_999)).toMatchObject({
    name: 'consul',
    primary: 'ns.consul',
    admin: 'hostmaster.consul',
    serial: 1_700_000_000,
    ttl: 14,
    minimum: 14,
  })
})

test('the name servers are up to three of the servers, in random order', () => {
  const four = ['A1', 'a2', 'a3', 'a4'].map((node, i) => ({ node, address: `192.0.2.${i}` }))
  const { names, addresses } = servers(...four)
  expect(names).toHaveLength(3)
  expect(addresses.map(({ name }) => name)).toEqual(names.map(({ ns }) => ns))
  expect(names.every(({ ns, ttl }) => /^a\d\.node\.dc1\.consul$/.test(ns!) && ttl === 7)).toBe(true)
})

test('a name server is at its node’s address, which may be a host name', () => {
  const own = { address: '192.0.2.200', ownAddress: true, nodeAddress: '192.0.2.2' }
  expect(servers(own).addresses).toMatchObject([{ address: '192.0.2.2' }])
  expect(servers({ address: 'a.example.com.' }).addresses).toMatchObject([{ domain: 'a.example.com' }])
})

test('a node whose name is no label cannot be a name server', () => {
  expect(servers({ node: 'dot.ted' }, { node: 'under_score' })).toEqual({ names: [], addresses: [] })
  expect(nameServers(zone, undefined, settings, seededRandom(2))).toEqual({ names: [], addresses: [] })
})
