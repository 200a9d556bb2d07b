import { expect, test } from 'vitest'
import type { Member } from '../gossip/contract.ts'
import { member, server } from './autopilot.fixture.ts'
import { membersById, type Peering, peerChange, serverAddress } from './peering.ts'

function peering(changes: Partial<Peering> = {}): Peering {
  return {
    servers: [server('a'), server('b')],
    members: [],
    datacenter: 'dc1',
    self: 'a',
    fingerprint: 'ours',
    ...changes,
  }
}

test('a server that Raft does not know is added without a vote', () => {
  expect(peerChange(member('c'), false, peering())).toEqual({
    kind: 'add',
    server: { id: 'c', address: '10.0.0.99:8300', suffrage: 'nonvoter' },
    replaces: [],
    isNew: true,
  })
})

test('a server that is where Raft has it needs nothing', () => {
  expect(peerChange(member('b'), false, peering())).toBeUndefined()
})

test('a server that moved keeps its vote, and a non-voter gets none by moving', () => {
  const moved = member('b', { address: '10.9.9.9' })
  expect(peerChange(moved, false, peering())).toMatchObject({
    server: { id: 'b', address: '10.9.9.9:8300', suffrage: 'voter' },
    isNew: false,
  })
  const servers = [server('a'), server('b', 'nonvoter')]
  expect(peerChange(moved, false, peering({ servers }))).toMatchObject({ server: { suffrage: 'nonvoter' } })
})

test('a server that replicates other things is refused, and one that is in already may stay and move', () => {
  const other = { more: { pc_state: 'theirs' } }
  expect(peerChange(member('c', other), false, peering())).toEqual({
    kind: 'refuse',
    why: expect.stringMatching(
      /^node-c replicates other tables or commands \(theirs\) than this server \(ours\), .* run the/,
    ),
  })
  expect(peerChange(member('b', other), false, peering())).toBeUndefined()
  expect(peerChange(member('b', { ...other, address: '10.9.9.9' }), false, peering())).toMatchObject({ kind: 'add' })
  expect(peerChange(member('c', { more: { pc_state: 'ours' } }), false, peering())).toMatchObject({ kind: 'add' })
})

test('a server that has the address of another one takes its place', () => {
  const servers = [server('a'), server('b'), server('c')]
  const wiped = member('x', { address: '10.0.0.99' })
  expect(peerChange(wiped, false, peering({ servers }))).toMatchObject({ kind: 'add', replaces: ['c'] })
})

test('not when too many votes would go with that', () => {
  const wiped = member('x', { address: '10.0.0.98' })
  expect(peerChange(wiped, false, peering())).toEqual({
    kind: 'refuse',
    why: 'Preventing server addition that would require removal of too many servers and cause cluster instability',
  })
})

test('who left or was forgotten is removed, but never this server, and once', () => {
  expect(peerChange(member('b', { status: 3 }), false, peering())).toEqual({ kind: 'remove', id: 'b' })
  expect(peerChange(member('b', { status: 4 }), true, peering())).toEqual({ kind: 'remove', id: 'b' })
  expect(peerChange(member('a', { status: 3 }), false, peering())).toBeUndefined()
  expect(peerChange(member('c', { status: 3 }), false, peering())).toBeUndefined()
})

test('a failed or leaving server stays as it is', () => {
  for (const status of [2, 4] as const) expect(peerChange(member('c', { status }), false, peering())).toBeUndefined()
})

test('clients, other datacenters and servers that do not say who they are are none of ours', () => {
  const others: Record<string, string>[] = [{ role: 'node' }, { dc: 'dc2' }, { id: '' }, { build: 'new' }]
  for (const more of others) {
    expect(peerChange(member('c', { more }), false, peering())).toBeUndefined()
  }
})

test('a second server that was told to begin a cluster is not taken in while the first is there', () => {
  const first = member('a', { more: { bootstrap: '1' } })
  const second = member('c', { more: { bootstrap: '1' } })
  const members = [first, member('b'), second]
  expect(peerChange(second, false, peering({ members }))).toMatchObject({
    kind: 'refuse',
    why: expect.stringContaining('node-c was started with -bootstrap, and so was node-a'),
  })
  expect(peerChange(second, false, peering({ members: [member('a'), second] }))).toMatchObject({ kind: 'add' })
})

test('addresses are written as Raft writes them', () => {
  expect(serverAddress('10.0.0.1', 8300)).toBe('10.0.0.1:8300')
  expect(serverAddress('fd00::1', 8300)).toBe('[fd00::1]:8300')
})

test('a server stays when a member goes whose id lives on under another name', () => {
  const renamed = { ...member('b'), name: 'renamed' }
  const members = [member('a'), renamed, member('b', { status: 4 })]
  expect(peerChange(member('b', { status: 4 }), true, peering({ members }))).toBeUndefined()
  expect(peerChange(member('b', { status: 3 }), false, peering({ members }))).toBeUndefined()
  const gone = [member('a'), { ...renamed, status: 4 as const }]
  expect(peerChange(member('b', { status: 3 }), false, peering({ members: gone }))).toEqual({ kind: 'remove', id: 'b' })
})

test('a copy of a server does not get its place', () => {
  const copy = { ...member('b', { address: '10.9.9.9' }), name: 'copy' }
  const members = [member('a'), member('b'), copy]
  expect(peerChange(copy, false, peering({ members }))).toMatchObject({
    kind: 'refuse',
    why: expect.stringMatching(/^copy has the node ID b of node-b, .* remove the file node-id/),
  })
  expect(peerChange(member('b'), false, peering({ members }))).toBeUndefined()
  // Once the other is gone it is the same server at another address, under another name.
  const alone = [member('a'), member('b', { status: 4 }), copy]
  expect(peerChange(copy, false, peering({ members: alone }))).toMatchObject({ kind: 'add', isNew: false })
})

test('of members with one id the living one counts, and the one where Raft has it', () => {
  const failed = member('b', { status: 4 })
  const renamed = { ...member('b'), name: 'renamed' }
  const copy = { ...member('b', { address: '10.9.9.9' }), name: 'copy' }
  const byId = (...members: Member[]) => membersById(members, peering()).get('b')?.name
  expect([byId(failed, renamed), byId(renamed, failed)]).toEqual(['renamed', 'renamed'])
  expect([byId(copy, member('b')), byId(member('b'), copy)]).toEqual(['node-b', 'node-b'])
  expect(byId(failed)).toBe('node-b')
  expect(byId(member('b', { more: { dc: 'dc2' } }))).toBeUndefined()
})
