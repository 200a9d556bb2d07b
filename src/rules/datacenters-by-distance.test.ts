import { expect, test } from 'vitest'
import { datacentersByDistance } from './datacenters-by-distance.ts'

const alive = 1
const left = 3
const failed = 4

const member = (name: string, status = alive, role = 'consul') => ({
  name,
  status,
  tags: { role, dc: name.split('.')[1] },
})

test('the own datacenter is first, then those whose servers are nearest by their median, those of unknown distance last', () => {
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
  const pool = [...Object.keys(trips).map((name) => member(name)), member('x.clients', alive, 'node')]
  expect(datacentersByDistance('dc1', pool, (name) => trips[name])).toEqual([
    'dc1',
    'near',
    'split',
    'far',
    'also-not',
    'known-not',
  ])
})

test('servers that left do not count, those that failed do; equal distances go by name', () => {
  const pool = [member('a.gone', left), member('a.zebra'), member('a.down', failed), member('b.zebra', left)]
  expect(datacentersByDistance('dc1', pool, () => 5)).toEqual(['dc1', 'down', 'zebra'])
})

test('without a pool there is the own one', () => {
  expect(datacentersByDistance('dc1', [], () => undefined)).toEqual(['dc1'])
})
