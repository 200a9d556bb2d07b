import { expect, test } from 'vitest'
import { member, server } from './autopilot.fixture.ts'
import { type Peering, peerChange, serverAddress } from './peering.ts'

function peering(changes: Partial<Peering> = {}): Peering {
  return { servers: [server('a'), server('b')], members: [], datacenter: 'dc1', self: 'a', ...changes }
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
