import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { RaftStats } from '../../src/wire/structs/operator.ts'
import type { Member } from '../gossip/contract.ts'
import type { Consensus, Server } from '../raft/contract.ts'
import { member, server, wellSettings } from './autopilot.fixture.ts'
import { AutopilotDuty } from './duty.ts'

/** A cluster whose membership does what it is told, with a list of what that was. */
function cluster(servers: Server[], members: Member[]) {
  const done: string[] = []
  const said = new Map<string, RaftStats>(
    ['a', 'b', 'c', 'd'].map((id) => [id, { LastContact: '10ms', LastTerm: 1, LastIndex: 9 }]),
  )
  const replace = (id: string, next: Server[]) => {
    servers = [...servers.filter((known) => known.id !== id), ...next]
  }
  const consensus = {
    configuration: () => ({ index: 1, servers }),
    addServer: async (next: Server) => {
      done.push(`add ${next.id} ${next.suffrage}`)
      replace(next.id, [next])
    },
    removeServer: async (id: string) => {
      done.push(`remove ${id}`)
      replace(id, [])
    },
    promote: async (id: string) => {
      done.push(`promote ${id}`)
      replace(id, [server(id)])
    },
  } as unknown as Consensus
  const clock = new VirtualClock()
  const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
  const duty = new AutopilotDuty({
    consensus,
    members: {
      list: () => members,
      forceLeave: async (name) => {
        done.push(`force-leave ${name}`)
      },
    },
    settings: () => wellSettings,
    askStats: async ({ id }) => said.get(id),
    datacenter: 'dc1',
    self: 'a',
    clock,
    log: silent as never,
  })
  const live = new AbortController().signal
  return {
    done,
    said,
    duty,
    clock,
    setMembers: (next: Member[]) => {
      members = next
    },
    /** What happens in the time of one look and one act. */
    round: async () => {
      await clock.advance(10_000)
      await duty.assess(live)
      await duty.act(live)
    },
    live,
  }
}

const three = () => [server('a'), server('b'), server('c')]
const threeMembers = () => [member('a'), member('b'), member('c')]

test('a healthy cluster is left alone', async () => {
  const { round, done, duty } = cluster(three(), threeMembers())
  await round()
  expect(done).toEqual([])
  expect(duty.health).toMatchObject({ healthy: true, failureTolerance: 1 })
})

test('a late server becomes a non-voter, and a voter once it has been healthy for long enough', async () => {
  const { round, done, setMembers, said } = cluster(three(), threeMembers())
  await round()
  await round()
  setMembers([...threeMembers(), member('d')])
  await round()
  expect(done).toEqual(['add d nonvoter'])
  said.delete('d')
  await round()
  await round()
  expect(done).toHaveLength(1)
  said.set('d', { LastContact: '10ms', LastTerm: 1, LastIndex: 9 })
  await round()
  await round()
  expect(done).toEqual(['add d nonvoter', 'promote d'])
})

test('a dead server is told to leave, and dropped from Raft when it has', async () => {
  const { round, done, duty, live } = cluster(three(), [member('a'), member('b'), member('c', { status: 4 })])
  await round()
  expect(done).toEqual(['force-leave node-c'])
  await duty.change({ kind: 'leave', member: member('c', { status: 3 }) }, live)
  expect(done).toEqual(['force-leave node-c', 'remove c'])
})

test('a server that came back since it was looked at is not removed', async () => {
  const { duty, done, live, setMembers } = cluster(three(), [member('a'), member('b'), member('c', { status: 4 })])
  await duty.assess(live)
  setMembers(threeMembers())
  await duty.act(live)
  expect(done).toEqual([])
})

test('a contact that is no duration counts as none', async () => {
  const { round, said, duty } = cluster(three(), threeMembers())
  said.set('b', { LastContact: 'never', LastTerm: 1, LastIndex: 9 })
  await round()
  expect(duty.health?.servers.find(({ id }) => id === 'b')).toMatchObject({
    healthy: true,
    stats: { lastContactMs: 0 },
  })
})

test('the changes of several events follow one another', async () => {
  const { duty, done, live, setMembers } = cluster(three(), threeMembers())
  setMembers([...threeMembers(), member('d')])
  await Promise.all([
    duty.change({ kind: 'join', member: member('d') }, live),
    duty.change({ kind: 'update', member: member('d') }, live),
  ])
  expect(done).toEqual(['add d nonvoter'])
})
