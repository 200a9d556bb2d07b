import { describe, expect, test } from 'vitest'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { RegisterRequest } from '../../src/wire/structs/catalog.ts'
import type { Member, MemberStatus } from '../gossip/contract.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { applyDeregister, applyRegister } from './commands.ts'
import type { GoneNode } from './contract.ts'
import { Reconciler } from './duties.ts'
import { checks } from './tables.ts'

const id = 'aaaaaaaa-0000-4000-8000-000000000001'

function member(name: string, status: MemberStatus = 1, tags: Record<string, string> = {}): Member {
  const versions = { min: 1, max: 5, current: 2 }
  return { name, address: '127.0.0.1', port: 8301, tags, status, protocol: versions, delegate: versions }
}

const server = member('node-a', 1, { role: 'consul', id, port: '8300', build: '1.10.12:abc', raft_vsn: '3', dc: 'dc1' })

/** A leader that sees these members; every command is carried out at the next index. */
function newLeader(...members: Member[]) {
  const catalog = new TestCatalog()
  let onTheWay = () => {}
  /** What happens between a command's proposal and its turn in the log. */
  const meanwhile = (happens: () => void) => {
    onTheWay = happens
  }
  /** What happens before a node goes. */
  const taken = { leave: async (_node: GoneNode) => {} }
  const proposed: string[] = []
  const logged: string[] = []
  const write = (message: string, { member }: { member: string }) => void logged.push(`${message}: ${member}`)
  const { store } = catalog
  const reconciler = new Reconciler({
    store,
    members: { list: () => members },
    beforeGone: async (node) => taken.leave(node),
    datacenter: 'dc1',
    self: 'node-a',
    log: { info: write, warn: write, error: write } as never,
    consensus: {
      async propose(name: 'Register' | 'Deregister', request: never) {
        proposed.push(name)
        onTheWay()
        const apply: (tx: never, request: never) => null = name === 'Register' ? applyRegister : applyDeregister
        return store.transact(store.index + 1, (tx) => apply(tx as never, request))
      },
    } as never,
  })
  const { signal } = new AbortController()
  const health = () =>
    store.latest
      .table(checks)
      .list()
      .map(({ Node, Status }) => `${Node} ${Status}`)
  return { catalog, proposed, logged, members, reconciler, signal, health, meanwhile, taken }
}

describe('a new leader', () => {
  test('registers itself as Consul does, and writes nothing the second time', async () => {
    const { catalog, proposed, logged, reconciler, signal } = newLeader(server)
    await reconciler.pass(signal)
    expect(catalog.content().slice(0, 3)).toMatchObject([
      [{ ID: id, Node: 'node-a', Address: '127.0.0.1', Datacenter: 'dc1', TaggedAddresses: null, Meta: null }],
      [
        {
          ID: 'consul',
          Service: 'consul',
          Port: 8300,
          Tags: null,
          Weights: { Passing: 1, Warning: 1 },
          Meta: {
            non_voter: 'false',
            raft_version: '3',
            read_replica: 'false',
            serf_protocol_current: '2',
            serf_protocol_max: '5',
            serf_protocol_min: '1',
            version: '1.10.12',
          },
        },
      ],
      [{ CheckID: 'serfHealth', Name: 'Serf Health Status', Status: 'passing', Output: 'Agent alive and reachable' }],
    ])
    await reconciler.pass(signal)
    expect(proposed).toEqual(['Register'])
    expect(logged).toEqual(['member joined, marking health alive: node-a'])
  })

  test('keeps what the agent of a node says of it', async () => {
    const { catalog, members, reconciler, signal } = newLeader(member('web', 1, { id, build: '1.9.0:x' }))
    catalog.register(1, {
      ID: id,
      Node: 'web',
      Address: '127.0.0.9',
      NodeMeta: { rack: 'a' },
      TaggedAddresses: { lan: 'x' },
    })
    await reconciler.pass(signal)
    expect(catalog.node('web')).toMatchObject({
      Address: '127.0.0.1',
      Meta: { rack: 'a' },
      TaggedAddresses: { lan: 'x' },
    })
    expect(members).toHaveLength(1)
  })

  test('overwrites nothing of an agent that registers its node at the same moment', async () => {
    const { catalog, reconciler, signal, meanwhile } = newLeader(server)
    meanwhile(() => catalog.register(1, { ID: id, Node: 'node-a', Address: '127.0.0.1', NodeMeta: { rack: 'a' } }))
    await reconciler.pass(signal)
    expect(catalog.node('node-a')).toMatchObject({ Meta: { rack: 'a' }, ModifyIndex: 1 })
  })

  test('learns of a new version of a server', async () => {
    const { proposed, members, reconciler, signal } = newLeader(server)
    await reconciler.pass(signal)
    members[0] = { ...server, tags: { ...server.tags, build: '1.11.0:abc' } }
    await reconciler.pass(signal)
    expect(proposed).toEqual(['Register', 'Register'])
  })
})

describe('a member', () => {
  test('that fails is critical until it is back', async () => {
    const { health, proposed, reconciler, signal } = newLeader(server)
    const web = member('web')
    await reconciler.change({ kind: 'join', member: web }, signal)
    expect(health()).toEqual(['web passing'])
    await reconciler.change({ kind: 'failed', member: { ...web, status: 4 } }, signal)
    await reconciler.change({ kind: 'failed', member: { ...web, status: 4 } }, signal)
    expect(health()).toEqual(['web critical'])
    await reconciler.change({ kind: 'join', member: web }, signal)
    expect(health()).toEqual(['web passing'])
    expect(proposed).toHaveLength(3)
  })

  test('that failed before anybody knew it stays unknown', async () => {
    const { proposed, reconciler, signal } = newLeader(server)
    await reconciler.change({ kind: 'failed', member: member('web', 4) }, signal)
    expect(proposed).toEqual([])
  })

  test.for(['leave', 'reap'] as const)('goes with its node on %s, but never the leader itself', async (kind) => {
    const { catalog, reconciler, signal } = newLeader(server)
    await reconciler.pass(signal)
    await reconciler.change({ kind: 'join', member: member('web') }, signal)
    await reconciler.change({ kind, member: member('web', 3) }, signal)
    await reconciler.change({ kind, member: { ...server, status: 3 } }, signal)
    expect([catalog.node('web'), catalog.node('node-a')?.Node]).toEqual([undefined, 'node-a'])
  })
})

describe('a node that gossip does not know', () => {
  test('goes when it is still unknown at the next pass, but not when gossip never knew it', async () => {
    const { catalog, members, reconciler, signal } = newLeader(server, member('web'))
    await reconciler.pass(signal)
    catalog.register(9, { Node: 'external' })
    members.pop()
    await reconciler.pass(signal)
    expect(catalog.node('web')?.Node).toBe('web')
    await reconciler.pass(signal)
    expect([catalog.node('web'), catalog.node('external')?.Node]).toEqual([undefined, 'external'])
  })

  test('stays when a new leader meets it later, with all that is registered there', async () => {
    const web = member('web')
    const { catalog, members, proposed, reconciler, signal } = newLeader(server, web)
    await reconciler.pass(signal)
    const ofFirst = proposed.length
    members.pop()
    await reconciler.pass(signal)
    members.push(web)
    await reconciler.change({ kind: 'join', member: web }, signal)
    await reconciler.pass(signal)
    members.pop()
    await reconciler.pass(signal)
    expect([catalog.node('web')?.Node, proposed.slice(ofFirst)]).toEqual(['web', []])
  })
})

test('nobody goes while gossip does not know its own agent yet', async () => {
  const { catalog, proposed, reconciler, signal } = newLeader()
  catalog.register(1, { Node: 'web', Check: { CheckID: 'serfHealth', Status: 'passing' } })
  await reconciler.pass(signal)
  expect(proposed).toEqual([])
})

test('a copy of a node does not take its place, and is told of once', async () => {
  const idOfWeb = 'aaaaaaaa-0000-4000-8000-000000000002'
  const web = member('web', 1, { role: 'node', id: idOfWeb })
  const copy = { ...member('copy', 1, { role: 'node', id: idOfWeb }), address: '127.0.0.2' }
  const { catalog, members, logged, reconciler, signal } = newLeader(server, web)
  await reconciler.pass(signal)
  members.push(copy)
  await reconciler.change({ kind: 'join', member: copy }, signal)
  await reconciler.pass(signal)
  expect([catalog.node('web')?.Address, catalog.node('copy')]).toEqual(['127.0.0.1', undefined])
  expect(logged.filter((line) => line.startsWith('not registering a member with the node ID of another'))).toHaveLength(
    1,
  )
  // The node that was renamed has no other name that is alive.
  members.splice(1, 1)
  await reconciler.pass(signal)
  await reconciler.pass(signal)
  expect([catalog.node('web'), catalog.node('copy')?.Address]).toEqual([undefined, '127.0.0.2'])
})

test('a member whose name is taken does not keep the others out', async () => {
  const { catalog, logged, reconciler, signal } = newLeader(
    server,
    member('web', 1, { role: 'node', id: 'aaaaaaaa-0000-4000-8000-000000000009' }),
    member('db'),
  )
  catalog.register(1, {
    ID: 'aaaaaaaa-0000-4000-8000-000000000003',
    Node: 'web',
    Address: '127.0.0.3',
    Check: { CheckID: 'serfHealth', Status: 'passing' },
  })
  await reconciler.pass(signal)
  expect(catalog.node('db')?.Node).toBe('db')
  expect(logged).toContain('failed to reconcile member, trying again at the next pass: web')
})

test('corrections follow one another, and a failed one does not hold up the next', async () => {
  const running: string[] = []
  const catalog = new TestCatalog()
  const requests: RegisterRequest[] = []
  const reconciler = new Reconciler({
    store: catalog.store,
    members: { list: () => [] },
    beforeGone: async () => {},
    datacenter: 'dc1',
    self: 'node-a',
    log: { info: () => {} } as never,
    consensus: {
      async propose(_name: string, request: RegisterRequest) {
        requests.push(request)
        running.push(`begin ${request.Node}`)
        await Promise.resolve()
        running.push(`end ${request.Node}`)
        if (request.Node === 'one') throw new Error('no leader')
      },
    } as never,
  })
  const { signal } = new AbortController()
  const first = reconciler.change({ kind: 'join', member: member('one') }, signal)
  const second = reconciler.change({ kind: 'join', member: member('two') }, signal)
  await expect(first).rejects.toThrow('no leader')
  await second
  expect(running).toEqual(['begin one', 'end one', 'begin two', 'end two'])
})

describe('a node that goes', () => {
  const other = 'aaaaaaaa-0000-4000-8000-000000000002'

  test.for(['left', 'reaped', 'forgotten'] as const)(
    'is removed when it is taken leave of, because it %s',
    async (how) => {
      const gone = member('node-b', 3, { id: other })
      const leader = newLeader(server, ...(how === 'left' ? [gone] : []))
      const { catalog, reconciler, signal, proposed, taken } = leader
      catalog.register(5, { Node: 'node-b', ID: other, Check: { CheckID: 'serfHealth', Status: 'critical' } })
      const before: unknown[] = []
      taken.leave = async ({ name, id }) => {
        before.push(name, id, catalog.node('node-b')?.Node)
      }
      if (how === 'forgotten') {
        await reconciler.pass(signal)
        await reconciler.pass(signal)
      } else await reconciler.change({ kind: how === 'reaped' ? 'reap' : 'leave', member: gone }, signal)
      expect(before).toEqual(['node-b', other, 'node-b'])
      expect([proposed.at(-1), catalog.node('node-b')]).toEqual(['Deregister', undefined])
    },
  )

  test('stays while it cannot be, and goes at a later pass', async () => {
    const { catalog, reconciler, signal, logged, taken } = newLeader(server)
    catalog.register(5, { Node: 'node-b', ID: other, Check: { CheckID: 'serfHealth', Status: 'critical' } })
    taken.leave = async () => {
      throw new NoLeaderError()
    }
    await reconciler.pass(signal)
    await reconciler.pass(signal)
    expect(catalog.node('node-b')?.Node).toBe('node-b')
    expect(logged).toContain('failed to reconcile member, trying again at the next pass: node-b')
    taken.leave = async () => {}
    await reconciler.pass(signal)
    expect(catalog.node('node-b')).toBeUndefined()
  })

  test('stays when its agent came back meanwhile', async () => {
    const { catalog, reconciler, signal, taken, members } = newLeader(server, member('node-b', 3, { id: other }))
    catalog.register(5, { Node: 'node-b', ID: other, Check: { CheckID: 'serfHealth', Status: 'critical' } })
    taken.leave = async () => {
      members[1] = member('node-b', 1, { id: other })
    }
    await reconciler.pass(signal)
    expect(catalog.node('node-b')?.Node).toBe('node-b')
  })
})
