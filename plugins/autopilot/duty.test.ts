import { expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { AutopilotConfig, RaftStats } from '../../src/wire/structs/operator.ts'
import type { Member } from '../gossip/contract.ts'
import type { Consensus, Server } from '../raft/contract.ts'
import { member, server, wellSettings } from './autopilot.fixture.ts'
import { AutopilotDuty } from './duty.ts'

/** As the consensus refuses a change while another one is not committed. */
class NotNowError extends ProconsulError {
  override readonly code = 'not_now'
}

/** A cluster whose membership does what it is told, with a list of what that was. */
function cluster(servers: Server[], members: Member[]) {
  const done: string[] = []
  const said = new Map<string, RaftStats>(
    ['a', 'b', 'c', 'd'].map((id) => [id, { LastContact: '10ms', LastTerm: 1, LastIndex: 9 }]),
  )
  const peers = new Map<string, string[] | Error>()
  const logged: string[] = []
  const write = (level: string) => (message: string, fields: object) =>
    void logged.push(`${level} ${message} ${Object.values(fields).join(' ')}`)
  let refusal: Error | undefined
  let settings: AutopilotConfig | undefined = wellSettings
  const replace = (id: string, next: Server[]) => {
    servers = [...servers.filter((known) => known.id !== id), ...next]
  }
  const consensus = {
    configuration: () => ({ index: 1, servers }),
    addServer: async (next: Server) => {
      if (refusal) throw refusal
      done.push(`add ${next.id} ${next.suffrage}`)
      replace(next.id, [next])
    },
    removeServer: async (id: string) => {
      if (refusal) throw refusal
      done.push(`remove ${id}`)
      replace(id, [])
    },
    promote: async (id: string) => {
      if (refusal) throw refusal
      done.push(`promote ${id}`)
      replace(id, [server(id)])
    },
  } as unknown as Consensus
  const clock = new VirtualClock()
  const duty = new AutopilotDuty({
    consensus,
    members: {
      list: () => members,
      forceLeave: async (name) => {
        done.push(`force-leave ${name}`)
      },
    },
    settings: () => settings,
    begin: async () => {
      if (refusal) throw refusal
      settings = wellSettings
    },
    askStats: async ({ id }) => said.get(id),
    askPeers: async (address) => {
      const answer = peers.get(address) ?? []
      if (answer instanceof Error) throw answer
      return answer.map((known) => ({ id: '', address: known }))
    },
    datacenter: 'dc1',
    self: 'a',
    fingerprint: 'ours',
    clock,
    log: { info() {}, warn: write('warn'), error: write('error') } as never,
  })
  const live = new AbortController().signal
  return {
    done,
    said,
    /** What servers say of the membership they know, by their address. */
    peers,
    /** Warnings and errors. */
    logged,
    duty,
    clock,
    /** Every change is refused from now on with that, or none. */
    refuse: (error: Error | undefined) => {
      refusal = error
    },
    forgetSettings: () => {
      settings = undefined
    },
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

test('a non-voter that went with another cluster, which had added it too, gets no vote and stops no other', async () => {
  const servers = [server('a'), server('d', 'nonvoter'), server('e', 'nonvoter')]
  const { round, done, peers, logged, said } = cluster(servers, [member('a'), member('d'), member('e')])
  said.set('e', { LastContact: '10ms', LastTerm: 1, LastIndex: 9 })
  peers.set(server('d').address, [server('z').address, server('d').address])
  for (let rounds = 0; rounds < 3; rounds++) await round()
  expect(done).toEqual(['promote e'])
  expect(logged).toEqual([expect.stringMatching(/^error not promoting server node-d node-d is in another cluster/)])
  peers.set(server('d').address, [server('a').address, server('d').address])
  await round()
  expect(done).toEqual(['promote e', 'promote d'])
})

test('a non-voter that comes back with other plugins gets no vote until it has the right ones', async () => {
  const drifted = member('d', { more: { pc_state: 'theirs' } })
  const { round, done, setMembers } = cluster([...three(), server('d', 'nonvoter')], [...threeMembers(), drifted])
  for (let rounds = 0; rounds < 5; rounds++) await round()
  expect(done).toEqual([])
  setMembers([...threeMembers(), member('d', { more: { pc_state: 'ours' } })])
  await round()
  expect(done).toEqual(['promote d'])
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

test('a change that cannot be made now is made in a later round, and the others meanwhile', async () => {
  const { round, refuse, done, logged } = cluster(three(), [...threeMembers(), member('d')])
  refuse(new NotNowError('the previous membership change is not committed yet'))
  await round()
  expect(done).toEqual([])
  expect(logged).toEqual([
    'warn adding a server is put off node-d d 10.0.0.100:8300 the previous membership change is not committed yet',
  ])
  refuse(undefined)
  await round()
  expect(done).toEqual(['add d nonvoter'])
})

test('a server that cannot be dropped or promoted now does not keep the others from it', async () => {
  const dead = member('d', { status: 4 })
  const { round, refuse, done, logged } = cluster(
    [...three(), server('d', 'nonvoter')],
    [member('a'), member('b'), member('c', { status: 3 }), dead],
  )
  refuse(new NotNowError('not now'))
  await round()
  expect(done).toEqual(['force-leave node-d'])
  expect(logged).toEqual(['warn removing a server is put off node-c c not now'])
  refuse(undefined)
  await round()
  expect(done).toContain('remove c')
})

test('what nobody expected is reported as the fault it is', async () => {
  const { round, refuse } = cluster(three(), [...threeMembers(), member('d')])
  refuse(new TypeError('broken'))
  await expect(round()).rejects.toThrow('broken')
})

test('nothing is done once this server does not lead any more', async () => {
  const { duty, done } = cluster(three(), [...threeMembers(), member('d')])
  const ended = new AbortController()
  const acting = duty.act(ended.signal)
  ended.abort(new Error('leads no more'))
  await expect(acting).rejects.toThrow('leads no more')
  expect(done).toEqual([])
})

test('a leader that finds no settings writes the first ones, again if it could not', async () => {
  const { round, refuse, forgetSettings, duty } = cluster(three(), threeMembers())
  forgetSettings()
  refuse(new NotNowError('a transfer of leadership is under way'))
  await round()
  expect(duty.health).toBeUndefined()
  refuse(undefined)
  await round()
  expect(duty.health).toMatchObject({ healthy: true })
})

test('a server of another cluster is not taken in, which is said once a minute', async () => {
  const { round, peers, done, logged, clock } = cluster(three(), [...threeMembers(), member('d')])
  peers.set('10.0.0.100:8300', ['10.0.0.100:8300'])
  for (let rounds = 0; rounds < 3; rounds++) await round()
  expect(done).toEqual([])
  expect(logged).toEqual([expect.stringMatching(/^error not adding server node-d node-d is in another cluster/)])
  await clock.advance(60_000)
  await round()
  expect(logged).toHaveLength(2)
  // Started again with an empty data directory.
  peers.delete('10.0.0.100:8300')
  await round()
  expect(done).toEqual(['add d nonvoter'])
})

test('a server with an empty disk and the address of a voter takes its place, one that began a cluster there does not', async () => {
  const wiped = member('x', { address: '10.0.0.99' })
  const { round, peers, done } = cluster(three(), [member('a'), member('b'), wiped])
  peers.set('10.0.0.99:8300', ['10.0.0.99:8300'])
  await round()
  expect(done).not.toContain('add x nonvoter')
  peers.set('10.0.0.99:8300', [])
  await round()
  expect(done).toContain('add x nonvoter')
})

test('a server that was ours before is taken in again, one that does not answer later', async () => {
  const { round, peers, done, logged } = cluster(three(), [...threeMembers(), member('d')])
  peers.set('10.0.0.100:8300', new NotNowError('no answer from 10.0.0.100:8300'))
  await round()
  expect(done).toEqual([])
  expect(logged).toEqual([expect.stringMatching(/^warn adding a server is put off .* no answer from/)])
  peers.set('10.0.0.100:8300', ['10.0.0.100:8300', '10.0.0.98:8300'])
  await round()
  expect(done).toEqual(['add d nonvoter'])
})

test('a server whose tags change stays what it is, and one that moves is not asked who it was', async () => {
  const { duty, done, live, peers } = cluster(three(), threeMembers())
  await duty.change({ kind: 'update', member: member('b', { more: { build: '1.10.13:' } }) }, live)
  expect(done).toEqual([])
  peers.set('10.9.9.9:8300', ['10.7.7.7:8300'])
  await duty.change({ kind: 'update', member: member('b', { address: '10.9.9.9' }) }, live)
  expect(done).toEqual(['add b voter'])
})
