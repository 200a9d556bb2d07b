import { expect, test } from 'vitest'
import type { Member } from '../gossip/contract.ts'
import { mayBeTakenIn } from './admission.ts'

function server(tags: Record<string, string> = {}, status: Member['status'] = 1): Member {
  const versions = { min: 1, max: 5, current: 2 }
  return {
    name: 'b',
    address: '10.0.0.2',
    port: 8301,
    status,
    tags: { role: 'consul', dc: 'dc1', id: 'id-b', port: '8300', vsn: '2', build: '1.10.12:', ...tags },
    protocol: versions,
    delegate: versions,
  }
}

const other = { pc_state: 'theirs' }

test('a server takes in the log of servers that replicate the same, or are of Consul and do not say', () => {
  expect(mayBeTakenIn([server(), server({ pc_state: 'ours' })], 'dc1', 'ours')).toBe(true)
})

test('not while one of them replicates other things, whoever leads', () => {
  expect(mayBeTakenIn([server(), server(other)], 'dc1', 'ours')).toBe(false)
})

test('clients, other datacenters and those that are gone do not matter', () => {
  const members = [
    server({ ...other, role: 'node' }),
    server({ ...other, dc: 'dc2' }),
    server(other, 3),
    server(other, 4),
  ]
  expect(mayBeTakenIn(members, 'dc1', 'ours')).toBe(true)
})
