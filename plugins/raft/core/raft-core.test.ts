import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { NoLeaderError } from '../../../src/wire/cluster-errors.ts'
import { MembershipError, ProposalQueueFullError, TransferInProgressError } from '../errors.ts'
import { encodeConfiguration } from './configuration.ts'
import { type Draft, type Echo, type Entry, entryType, type Message } from './messages.ts'
import { RaftCore } from './raft-core.ts'
import { type CoreConfig, coreDefaults } from './state.ts'

const times = { heartbeatTimeoutMs: 100, electionTimeoutMs: 100, leaderLeaseMs: 50 }
const echo: Echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 }

/** A voter named `a` among others, in term 1, that has only a few entries of that term. */
function server(
  others: readonly string[] = ['b', 'c'],
  config: Partial<CoreConfig> = {},
  tail: readonly Entry[] = [],
): RaftCore {
  const servers = ['a', ...others].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))
  const termRuns = tail.length > 0 ? [{ from: 1, term: 1 }] : []
  const log = { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: tail.length, termRuns, tail }
  const remembered = { hardState: { term: 1, votedFor: undefined }, log, configurations: [{ index: 0, servers }] }
  return new RaftCore({ ...coreDefaults, ...times, ...config, id: 'a' }, remembered, seededRandom(1), 0)
}

/** Takes and writes until nothing is left to do; returns all that would be sent. */
function turn(core: RaftCore): Message[] {
  const sent: Message[] = []
  for (let round = 0; round < 4; round++) {
    const output = core.take()
    core.written(output)
    sent.push(...output.prompt, ...output.messages)
  }
  return sent
}

/** Leads term 2 with the vote of `b`; its first entry is not committed yet. */
function leader(others?: readonly string[], config?: Partial<CoreConfig>, tail?: readonly Entry[]): RaftCore {
  const core = server(others, config, tail)
  core.tick(200)
  turn(core)
  core.step({ type: 'preVoteReply', from: 'b', to: 'a', term: 1, granted: true })
  turn(core)
  core.step({ type: 'voteReply', from: 'b', to: 'a', term: 2, granted: true })
  turn(core)
  expect(core.role).toBe('leader')
  return core
}

function acknowledge(core: RaftCore, from: string, upTo: number, other: Partial<Echo> = {}): void {
  const answered = { ...echo, prevIndex: upTo - 1, upTo, sentAtMs: 200, ...other }
  core.step({ type: 'appendReply', from, to: 'a', term: core.term, success: true, lastIndex: upTo, echo: answered })
  turn(core)
}

/** Asks for a read, and gives the echo of the heartbeats that go out for it. */
function turnOfRead(core: RaftCore, token: number): Echo {
  core.requestRead(token)
  const heartbeat = turn(core).find((message) => message.type === 'append')
  return heartbeat!.echo
}

function draft(text = 'x'): Draft {
  return { type: entryType.command, data: Buffer.from(text), extensions: null, appendedAtMs: 0 }
}

function entry(index: number, term: number, other: Partial<Entry> = {}): Entry {
  return { index, term, ...draft(), ...other }
}

test('a follower writes all that it says it has, whatever a leader may divide', () => {
  const core = server()
  const entries = [entry(1, 1), entry(2, 1), entry(3, 1)]
  const from = { from: 'b', to: 'a', term: 1, prevIndex: 0, prevTerm: 0, commitIndex: 0, leaseMs: 0, echo }
  core.step({ type: 'append', ...from, entries })
  const output = core.take(1)
  expect(output.messages).toMatchObject([{ type: 'appendReply', success: true, lastIndex: 0 }])
  expect(output.log?.entries).toHaveLength(3)
})

describe('a vote', () => {
  const request = { type: 'vote', from: 'b', to: 'a', term: 2, lastIndex: 0, lastTerm: 0, transfer: false } as const

  test('is written before it is told', () => {
    const core = server()
    core.step(request)
    const output = core.take()
    expect(output.hardState).toEqual({ term: 2, votedFor: 'b' })
    expect(output.prompt).toEqual([])
    expect(output.messages).toMatchObject([{ type: 'voteReply', granted: true }])
  })

  test('is given once per term, and again to the same', () => {
    const core = server()
    core.step(request)
    core.step({ ...request, from: 'c' })
    core.step(request)
    expect(turn(core)).toMatchObject([{ granted: true }, { to: 'c', granted: false }, { granted: true }])
  })

  test('of an earlier term does not count', () => {
    const core = server()
    core.tick(200)
    turn(core)
    core.step({ type: 'preVoteReply', from: 'b', to: 'a', term: 1, granted: true })
    turn(core)
    core.step({ type: 'voteReply', from: 'b', to: 'a', term: 1, granted: true })
    turn(core)
    expect(core.role).toBe('candidate')
  })

  test('for a pre-vote changes nothing', () => {
    const core = server()
    core.step({ ...request, type: 'preVote' })
    expect(core.take().hardState).toBeUndefined()
    expect(core.term).toBe(1)
  })

  test('is refused while the leader is heard, unless the leader itself hands over', () => {
    const core = server()
    core.step({
      type: 'append',
      from: 'c',
      to: 'a',
      term: 1,
      prevIndex: 0,
      prevTerm: 0,
      entries: [],
      commitIndex: 0,
      echo,
    })
    turn(core)
    core.step(request, 10)
    expect(turn(core)).toMatchObject([{ granted: false }])
    expect(core.term).toBe(1)
    core.step({ ...request, transfer: true }, 10)
    expect(turn(core)).toMatchObject([{ granted: true, term: 2 }])
  })
})

describe('a leader', () => {
  test('commits by counting only what is of its own term, and with that all before it', () => {
    const core = leader(['b', 'c'], {}, [entry(1, 1), entry(2, 1)])
    acknowledge(core, 'b', 2)
    expect(core.commitIndex).toBe(0)
    acknowledge(core, 'b', 3)
    expect(core.commitIndex).toBe(3)
  })

  test('does not count an answer of an earlier term', () => {
    const core = leader()
    const answered = { ...echo, upTo: 1 }
    core.step({ type: 'appendReply', from: 'b', to: 'a', term: 1, success: true, lastIndex: 1, echo: answered })
    turn(core)
    expect(core.commitIndex).toBe(0)
  })

  test('steps down when a higher term shows', () => {
    const core = leader()
    core.step({ type: 'appendReply', from: 'b', to: 'a', term: 5, success: false, lastIndex: 0, echo })
    expect([core.role, core.term]).toEqual(['follower', 5])
    expect(() => core.propose(draft())).toThrow(NoLeaderError)
  })

  test('steps down when a majority has not answered for its lease', () => {
    const core = leader()
    core.tick(249)
    expect(core.role).toBe('leader')
    core.tick(251)
    expect(core.role).toBe('follower')
  })

  test('may write its entries in parts, and counts those that are written', () => {
    const core = leader([])
    for (let at = 0; at < 5; at++) core.propose(draft())
    const output = core.take(2)
    expect(output.log?.entries.map(({ index }) => index)).toEqual([2, 3])
    core.written(output)
    expect(core.commitIndex).toBe(3)
    turn(core)
    expect(core.commitIndex).toBe(6)
  })

  test('refuses proposals when too many wait', () => {
    const core = leader(['b', 'c'], { uncommittedEntriesMax: 3 })
    core.propose(draft())
    core.propose(draft())
    expect(() => core.propose(draft())).toThrow(ProposalQueueFullError)
    turn(core)
    acknowledge(core, 'b', 3)
    core.propose(draft())
  })

  test('counts waiting bytes too', () => {
    const core = leader(['b', 'c'], { uncommittedBytesMax: 1000 })
    core.propose(draft('x'.repeat(2000)))
    expect(() => core.propose(draft())).toThrow(ProposalQueueFullError)
    turn(core)
    acknowledge(core, 'b', 2)
    core.propose(draft())
  })

  test('entries that belong together come directly behind one another, or not at all', () => {
    const core = leader(['b', 'c'], { uncommittedEntriesMax: 4 })
    const { index } = core.propose(draft())
    expect(core.propose(draft('x'), draft('y'), draft('z')).index).toBe(index + 3)
    expect(() => core.propose(draft(), draft())).toThrow(ProposalQueueFullError)
    expect(core.log.lastIndex).toBe(index + 3)
  })

  test('tells a follower again of a commit when the telling got lost', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    acknowledge(core, 'c', 1)
    core.propose(draft())
    turn(core)
    core.tick(205)
    acknowledge(core, 'b', 2)
    expect(core.commitIndex).toBe(2)
    // What told `c` of the commit is lost; what it was sent before is answered.
    acknowledge(core, 'c', 2)
    core.tick(235)
    acknowledge(core, 'b', 0, { prevIndex: 0, sentAtMs: 235 })
    core.tick(270)
    acknowledge(core, 'b', 0, { prevIndex: 0, sentAtMs: 270 })
    core.tick(305)
    const told = turn(core).filter((message) => message.type === 'append' && message.to === 'c')
    expect(told).toContainEqual(expect.objectContaining({ prevIndex: 2, commitIndex: 2 }))
  })

  test('tells of a commit together with what comes next, or when nothing else is under way', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    acknowledge(core, 'c', 1)
    const toldB = (sent: readonly Message[]) =>
      sent.flatMap((message) =>
        message.type === 'append' && message.to === 'b' && message.prevIndex > 0
          ? [[message.entries.length, message.commitIndex]]
          : [],
      )
    core.propose(draft())
    expect(toldB(turn(core))).toEqual([[1, 1]])
    const answer = (from: string, upTo: number) => {
      const answered = { ...echo, prevIndex: upTo - 1, upTo, sentAtMs: 200 }
      core.step({ type: 'appendReply', from, to: 'a', term: 2, success: true, lastIndex: upTo, echo: answered })
    }
    answer('c', 2)
    expect(core.commitIndex).toBe(2)
    expect(toldB(turn(core))).toEqual([])
    core.propose(draft())
    expect(toldB(turn(core))).toEqual([[1, 2]])
    answer('c', 3)
    answer('b', 3)
    expect(toldB(turn(core))).toEqual([[0, 3]])
  })

  test('tells of a commit again when the telling did not vouch for it', () => {
    const core = leader(undefined, { entriesPerMessageMax: 1 })
    acknowledge(core, 'b', 1)
    core.propose(draft())
    turn(core)
    acknowledge(core, 'b', 2)
    expect(core.commitIndex).toBe(2)
    core.unreachable('c')
    const probe = turn(core).find((message) => message.type === 'append' && message.to === 'c')
    expect(probe).toMatchObject({ prevIndex: 0, entries: [{ index: 1 }], commitIndex: 2 })
    // What was sent before is answered after all, so nothing else is left to send.
    const late = { ...echo, prevIndex: 1, upTo: 2 }
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 2, success: true, lastIndex: 2, echo: late })
    turn(core)
    const answered = { ...echo, prevIndex: 0, upTo: 1, sentAtMs: 200 }
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 2, success: true, lastIndex: 2, echo: answered })
    expect(turn(core)).toContainEqual(expect.objectContaining({ to: 'c', prevIndex: 2, entries: [], commitIndex: 2 }))
  })

  test('tells of a commit again when the telling was refused', () => {
    const core = leader(undefined, { tailEntriesMax: 0 })
    acknowledge(core, 'b', 1)
    acknowledge(core, 'c', 1)
    core.propose(draft())
    turn(core)
    core.tick(205)
    acknowledge(core, 'b', 2)
    core.applied(2)
    // What tells \`c\` of the commit overtakes the entry: it is refused, and the entry would have to be read from the store again.
    const overtaking = { ...echo, prevIndex: 2, upTo: 2, sentAtMs: 205 }
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 2, success: false, lastIndex: 1, echo: overtaking })
    expect(core.take().loads).toEqual([{ peer: 'c', from: 2 }])
    const late = { ...echo, prevIndex: 1, upTo: 2, sentAtMs: 200 }
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 2, success: true, lastIndex: 1, echo: late })
    core.loaded('c', [entry(2, 2)])
    expect(turn(core)).toContainEqual(expect.objectContaining({ to: 'c', prevIndex: 2, entries: [], commitIndex: 2 }))
  })

  test('soon forgets applied entries that all have, and keeps those that one lacks for longer', () => {
    const tailEntriesMax = 64
    const core = leader(undefined, { tailEntriesMax })
    const appliedUpTo = (index: number) => {
      while (core.log.lastIndex < index) core.propose(draft())
      turn(core)
      acknowledge(core, 'b', index)
      core.applied(index)
    }
    appliedUpTo(100)
    expect(core.log.slice(1, 1, 1000)).toHaveLength(1)
    acknowledge(core, 'c', 50)
    appliedUpTo(101)
    expect(core.log.slice(50, 1, 1000)).toBeUndefined()
    expect(core.log.slice(51, 1, 1000)).toHaveLength(1)
    acknowledge(core, 'c', 101)
    appliedUpTo(102)
    expect(core.log.slice(94, 1, 1000)).toBeUndefined()
    expect(core.log.slice(95, 1, 1000)).toHaveLength(1)
    // One that stays away does not make the leader keep everything.
    appliedUpTo(102 + 2 * tailEntriesMax)
    expect(core.log.slice(103, 1, 1000)).toBeUndefined()
  })

  test('sends at most so many requests at once to one follower', () => {
    const core = leader(['b', 'c'], { inFlightMax: 4, entriesPerMessageMax: 2 })
    acknowledge(core, 'b', 1)
    for (let count = 0; count < 40; count++) core.propose(draft())
    const toB = turn(core).filter((message) => message.to === 'b' && message.type === 'append' && message.prevIndex > 0)
    expect(toB.length).toBeLessThanOrEqual(4)
  })
})

describe('a change of membership', () => {
  const change = { kind: 'addNonvoter', id: 'd', address: 'd:8300' } as const

  test('waits until the term has committed an entry', () => {
    expect(() => leader().changeMembership(change)).toThrow(MembershipError)
  })

  test('waits until the one before is committed', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    core.changeMembership(change)
    expect(() => core.changeMembership({ ...change, id: 'e', address: 'e:8300' })).toThrow('not committed yet')
    turn(core)
    acknowledge(core, 'b', 2)
    core.changeMembership({ ...change, id: 'e', address: 'e:8300' })
  })

  test('never removes the last voter, nor gives two servers one address', () => {
    const core = server([])
    core.tick(200)
    turn(core)
    expect(() => core.changeMembership({ kind: 'remove', id: 'a' })).toThrow('at least one voter')
    expect(() => core.changeMembership({ kind: 'demote', id: 'a' })).toThrow('at least one voter')
    expect(() => core.changeMembership({ ...change, address: 'a:8300' })).toThrow('duplicate address')
  })

  test('is undone when its entry is replaced', () => {
    const core = server()
    const data = encodeConfiguration([{ id: 'a', address: 'a:8300', suffrage: 'voter' }])
    const append = { type: 'append', from: 'b', to: 'a', prevIndex: 0, prevTerm: 0, commitIndex: 0, echo } as const
    core.step({ ...append, term: 2, entries: [entry(1, 2, { type: entryType.configuration, data })] })
    turn(core)
    expect(core.configuration.servers).toHaveLength(1)
    core.step({ ...append, term: 3, entries: [entry(1, 3)] })
    turn(core)
    expect(core.configuration.servers).toHaveLength(3)
  })

  test('that removes the leader ends its leadership once it is committed', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    core.changeMembership({ kind: 'remove', id: 'a' })
    turn(core)
    expect(core.role).toBe('leader')
    acknowledge(core, 'b', 2)
    // b alone is no majority of b and c, though the leader has the entry too.
    expect(core.role).toBe('leader')
    acknowledge(core, 'c', 2)
    expect(core.role).toBe('follower')
  })
})

describe('a linearizable read', () => {
  test('waits for a round of heartbeats that began after it', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    core.requestRead(7)
    expect(core.take().confirmedReads).toEqual([])
    acknowledge(core, 'b', 1, { round: 0 })
    expect(core.take().confirmedReads).toEqual([])
    core.step({
      type: 'appendReply',
      from: 'b',
      to: 'a',
      term: 2,
      success: true,
      lastIndex: 1,
      echo: { ...echo, round: 1, sentAtMs: 200 },
    })
    expect(core.take().confirmedReads).toEqual([{ token: 7, index: 1 }])
  })

  test('waits until the term has committed an entry', () => {
    const core = leader()
    core.requestRead(7)
    core.step({
      type: 'appendReply',
      from: 'b',
      to: 'a',
      term: 2,
      success: true,
      lastIndex: 1,
      echo: { ...echo, round: 9, sentAtMs: 200 },
    })
    expect(core.take().confirmedReads).toEqual([])
  })

  test('is not confirmed by refusals of what was sent in an earlier term', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    for (const token of [1, 2, 3]) {
      core.requestRead(token)
      turn(core)
    }
    const ofTerm2 = turnOfRead(core, 4)
    // Loses its leadership and wins term 4.
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 3, success: false, lastIndex: 0, echo })
    turn(core)
    core.tick(500)
    turn(core)
    core.step({ type: 'preVoteReply', from: 'b', to: 'a', term: 3, granted: true })
    turn(core)
    core.step({ type: 'voteReply', from: 'b', to: 'a', term: 4, granted: true })
    turn(core)
    acknowledge(core, 'b', 2, { sentAtMs: 500 })
    expect(core.role).toBe('leader')
    core.requestRead(5)
    turn(core)
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 4, success: false, lastIndex: 1, echo: ofTerm2 })
    expect(core.take().confirmedReads).toEqual([])
  })

  test('is not confirmed by refusals of what this server sent before it was restarted, in rounds of the same numbers', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    const late = { ...echo, round: 9, sentAtMs: 199 }
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 2, success: false, lastIndex: 0, echo: late })
    core.requestRead(5)
    turn(core)
    expect(core.take().confirmedReads).toEqual([])
    core.step({
      type: 'appendReply',
      from: 'c',
      to: 'a',
      term: 2,
      success: true,
      lastIndex: 0,
      echo: { ...echo, round: 1, sentAtMs: 200 },
    })
    expect(core.take().confirmedReads).toEqual([{ token: 5, index: 1 }])
  })

  test('fails when leadership ends', () => {
    const core = leader()
    core.requestRead(7)
    core.stepDown()
    expect(core.take().failedReads).toEqual([7])
  })
})

describe('a transfer of leadership', () => {
  test('brings the target up to date, then tells it to campaign; meanwhile nothing is proposed', () => {
    const core = leader()
    acknowledge(core, 'b', 1)
    core.propose(draft())
    turn(core)
    expect(core.transferLeadership('b')).toBe('b')
    expect(() => core.propose(draft())).toThrow(TransferInProgressError)
    expect(turn(core).some((message) => message.type === 'timeoutNow')).toBe(false)
    core.step({
      type: 'appendReply',
      from: 'b',
      to: 'a',
      term: 2,
      success: true,
      lastIndex: 2,
      echo: { ...echo, upTo: 2 },
    })
    expect(turn(core)).toContainEqual({ type: 'timeoutNow', from: 'a', to: 'b', term: 2 })
  })

  test('is given up after an election timeout', () => {
    const core = leader()
    core.transferLeadership('c')
    for (const nowMs of [240, 280, 310]) {
      core.tick(nowMs)
      acknowledge(core, 'b', 1, { sentAtMs: nowMs })
    }
    core.propose(draft())
  })

  test('makes its target campaign at once, without a pre-vote', () => {
    const core = server()
    core.step({ type: 'timeoutNow', from: 'b', to: 'a', term: 1 })
    expect(turn(core)).toMatchObject([
      { type: 'vote', to: 'b', term: 2, transfer: true },
      { type: 'vote', to: 'c', term: 2, transfer: true },
    ])
  })
})

test('a message for somebody else is ignored', () => {
  const core = server()
  core.step({ type: 'timeoutNow', from: 'b', to: 'z', term: 1 })
  core.step({ type: 'timeoutNow', from: 'a', to: 'a', term: 1 })
  expect(core.role).toBe('follower')
})
