import { expect, test } from 'vitest'
import type { Members } from '../gossip/contract.ts'
import { otherDatacenters } from './other-datacenters.ts'

test('the datacenter whose servers are nearest by their median comes first, one of unknown distance last', () => {
  const trips: Record<string, number | undefined> = {
    'a.dc1': 0,
    'a.far': 90,
    'a.split': 1,
    'b.split': 50,
    'c.split': 60,
    'a.near': 20,
    'a.known-not': undefined,
    'a.also-not': undefined,
  }
  const member = (name: string, role = 'consul') => ({ name, tags: { role, dc: name.split('.')[1] } })
  const members = {
    list: (wan?: boolean) =>
      wan ? [...Object.keys(trips).map((name) => member(name)), member('x.clients', 'node')] : [],
    roundTripMs: (name: string) => trips[name],
  }
  expect(otherDatacenters(members as unknown as Members, 'dc1')).toEqual([
    'near',
    'split',
    'far',
    'also-not',
    'known-not',
  ])
})
