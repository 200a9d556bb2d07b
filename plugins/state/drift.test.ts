import { expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import type { Member } from '../gossip/contract.ts'
import { DriftWatch } from './drift.ts'

function member(fingerprint: string | undefined, more: Partial<Member> = {}): Member {
  const versions = { min: 1, max: 5, current: 2 }
  const tags = { role: 'consul', dc: 'dc1', id: 'id-b', port: '8300', vsn: '2', build: '1.10.12:' }
  return {
    name: 'b',
    address: '10.0.0.2',
    port: 8301,
    status: 1,
    tags: fingerprint === undefined ? tags : { ...tags, pc_state: fingerprint },
    protocol: versions,
    delegate: versions,
    ...more,
  }
}

function watch() {
  const lines: string[] = []
  const log = new Log({ level: 'debug', json: false, nowMs: () => 0, write: (line) => void lines.push(line) })
  return { lines, watch: new DriftWatch({ datacenter: 'dc1', fingerprint: 'ours', log: log.logger('state') }) }
}

test('a server with other tables or commands is named once, and again after it came back with others still', () => {
  const { lines, watch: drift } = watch()
  drift.heed(member('theirs'))
  drift.heed(member('theirs'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(
    /\[ERROR\].* a server replicates other tables or commands \(theirs\) than this server \(ours\), .* member=b/,
  )
  drift.heed(member('theirs', { status: 4 }))
  drift.heed(member('theirs'))
  drift.heed(member('third'))
  expect(lines).toHaveLength(3)
})

test('nothing is said of equal servers, those of Consul, other datacenters and clients', () => {
  const { lines, watch: drift } = watch()
  const { tags } = member('theirs')
  drift.heed(member('ours'))
  drift.heed(member(undefined))
  drift.heed(member('theirs', { tags: { ...tags, dc: 'dc2' } }))
  drift.heed(member('theirs', { tags: { ...tags, role: 'node' } }))
  expect(lines).toEqual([])
})
