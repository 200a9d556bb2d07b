import { describe, expect, test } from 'vitest'
import type { Member } from '../gossip/contract.ts'
import { gather } from './gathering.ts'
import { bootstrapTags, raftOptions } from './options.ts'

const rules = { datacenter: 'dc1', expect: 3, fingerprint: 'ours' }

/** A server as gossip shows it, which expects two others. */
function member(number: number, tags: Record<string, string> = {}, other: Partial<Member> = {}): Member {
  const own = { role: 'consul', dc: 'dc1', id: `id-${number}`, port: '8300', vsn: '2', build: '1.10.12:', expect: '3' }
  const versions = { min: 1, max: 5, current: 2 }
  return {
    name: `server-${number}`,
    address: `10.0.0.${number}`,
    port: 8301,
    status: 1,
    tags: { ...own, ...tags },
    protocol: versions,
    delegate: versions,
    ...other,
  }
}

const without = (member: Member, tag: string): Member => {
  const { [tag]: _, ...tags } = member.tags
  return { ...member, tags }
}

const [one, two, three] = [member(1), member(2), member(3)]

describe('servers that expect one another', () => {
  test('are all voters once as many as expected are there', () => {
    expect(gather([one, two, three], rules)).toEqual({
      kind: 'complete',
      servers: [1, 2, 3].map((number) => ({ id: `id-${number}`, address: `10.0.0.${number}:8300`, suffrage: 'voter' })),
    })
  })

  test('wait for the rest, and do not count who is no server, elsewhere, failed or gone', () => {
    for (const other of [
      member(3, { role: 'node' }),
      member(3, { dc: 'dc2', expect: '5' }),
      member(3, {}, { status: 3 }),
      member(3, {}, { status: 4 }),
    ]) {
      expect(gather([one, two, other], rules)).toEqual({ kind: 'incomplete', found: 2 })
    }
  })

  test('are met by one that expects nobody, too', () => {
    expect(gather([one, two, without(three, 'expect')], rules).kind).toBe('complete')
  })

  test('take read replicas along without a vote, and do not count them', () => {
    const replica = member(4, { read_replica: '1' })
    expect(gather([one, two, replica], rules)).toEqual({ kind: 'incomplete', found: 2 })
    expect(gather([one, two, three, replica], rules)).toMatchObject({
      servers: [{}, {}, {}, { id: 'id-4', suffrage: 'nonvoter' }],
    })
  })

  test('do nothing beside one that expects another number or begins a cluster alone', () => {
    expect(gather([one, two, three, member(4, { expect: '5' })], rules)).toMatchObject({
      kind: 'conflict',
      member: 'server-4',
      why: expect.stringContaining('conflicting expect value'),
    })
    expect(gather([one, two, three, member(4, { bootstrap: '1' })], rules)).toMatchObject({
      kind: 'conflict',
      why: expect.stringContaining('has bootstrap mode'),
    })
    expect(gather([one, two, without(three, 'id')], rules).kind).toBe('conflict')
  })

  test('do nothing beside one that replicates other things, and mind none of Consul, which does not say', () => {
    expect(gather([one, two, member(3, { pc_state: 'ours' })], rules).kind).toBe('complete')
    expect(gather([one, two, member(3, { pc_state: 'theirs' })], rules)).toMatchObject({
      kind: 'conflict',
      member: 'server-3',
      why: expect.stringContaining('replicates other tables or commands (theirs) than this server (ours)'),
    })
  })

  test('write IPv6 addresses in brackets', () => {
    expect(gather([member(1, {}, { address: 'fd00::1' })], { ...rules, expect: 1 })).toMatchObject({ kind: 'conflict' })
    const alone = without(member(1, {}, { address: 'fd00::1' }), 'expect')
    expect(gather([alone], { ...rules, expect: 1 })).toMatchObject({ servers: [{ address: '[fd00::1]:8300' }] })
  })
})

test('gossip shows how a server is to begin a cluster', () => {
  const given = { bootstrap: false, bootstrapExpect: 0, raftMultiplier: 5, snapshotThreshold: 1, snapshotInterval: 1 }
  const tags = (other: object) => bootstrapTags({ ...given, trailingLogs: 1, ...other })
  expect(Object.keys(raftOptions)).toContain('bootstrapExpect')
  expect(tags({})).toEqual({})
  expect(tags({ bootstrap: true })).toEqual({ bootstrap: '1' })
  expect(tags({ bootstrapExpect: 1 })).toEqual({ bootstrap: '1' })
  expect(tags({ bootstrapExpect: 3 })).toEqual({ expect: '3' })
})
