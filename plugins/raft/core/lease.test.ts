import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import type { Echo, Message } from './messages.ts'
import { RaftCore } from './raft-core.ts'
import { type CoreConfig, type CoreEvent, clockRatioMax, coreDefaults, type PlacedConfiguration } from './state.ts'

const readLeaseMs = 300
const promiseMs = readLeaseMs * clockRatioMax
const times = { heartbeatTimeoutMs: 1000, electionTimeoutMs: 1000, leaderLeaseMs: 1000, readLeaseMs }
const servers = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))
const all: readonly PlacedConfiguration[] = [{ index: 0, servers }]

/** A server in term 1, with an empty log, that starts at time 0. */
function server(id: string, configurations = all, other: Partial<CoreConfig> = {}): RaftCore {
  const log = { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] }
  const remembered = { hardState: { term: 1, votedFor: undefined }, log, configurations }
  return new RaftCore({ ...coreDefaults, ...times, ...other, id }, remembered, seededRandom(1), 0)
}

function turn(core: RaftCore, events: CoreEvent[] = []): Message[] {
  const sent: Message[] = []
  for (let round = 0; round < 4; round++) {
    const output = core.take()
    core.written(output)
    events.push(...output.events)
    sent.push(...output.prompt, ...output.messages)
  }
  return sent
}

/** `a` leads term 2 since 2000 ms, and has committed the first entry of its term with what it sent then. */
function leader(): RaftCore {
  const core = server('a')
  core.tick(2000)
  win(core, 2)
  answer(core, 'b', { upTo: 1, sentAtMs: 2000 }, 2010)
  expect(core.commitIndex).toBe(1)
  return core
}

function win(core: RaftCore, term: number): void {
  turn(core)
  core.step({ type: 'preVoteReply', from: 'b', to: 'a', term: term - 1, granted: true })
  turn(core)
  core.step({ type: 'voteReply', from: 'b', to: 'a', term, granted: true })
  turn(core)
  expect([core.role, core.term]).toEqual(['leader', term])
}

function answer(core: RaftCore, from: string, other: Partial<Echo>, nowMs: number, success = true): void {
  const echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0, ...other }
  core.step({ type: 'appendReply', from, to: 'a', term: core.term, success, lastIndex: 1, echo }, nowMs)
  turn(core)
}

const heartbeat = (from: string, to: string, term: number): Message => {
  const echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 }
  const empty = { prevIndex: 0, prevTerm: 0, entries: [], commitIndex: 0 }
  return { type: 'append', from, to, term, ...empty, leaseMs: readLeaseMs, echo }
}
const vote = (from: string, to: string, transfer = false): Message => {
  return { type: 'vote', from, to, term: 3, lastIndex: 9, lastTerm: 2, transfer }
}
const granted = (core: RaftCore) => turn(core).some((message) => message.type === 'voteReply' && message.granted)

describe('a leader reads alone', () => {
  test('from when it sent what a majority answered, for as long as the lease', () => {
    const core = leader()
    expect(core.holdsReadLease(2010)).toBe(true)
    expect(core.holdsReadLease(2299)).toBe(true)
    expect(core.holdsReadLease(2300)).toBe(false)
    answer(core, 'c', { sentAtMs: 2250 }, 2400)
    expect(core.holdsReadLease(2549)).toBe(true)
    expect(core.holdsReadLease(2550)).toBe(false)
  })

  test('not before anybody has answered it', () => {
    const core = server('a')
    core.tick(2000)
    win(core, 2)
    expect(core.holdsReadLease(2000)).toBe(false)
  })

  test('not because of what is refused that was sent in an earlier term', () => {
    const core = leader()
    core.step({ type: 'appendReply', from: 'c', to: 'a', term: 3, success: false, lastIndex: 0, echo: zero }, 2100)
    turn(core)
    core.tick(4200)
    win(core, 4)
    answer(core, 'b', { sentAtMs: 4150 }, 4210, false)
    expect(core.holdsReadLease(4210)).toBe(false)
    answer(core, 'b', { sentAtMs: 4200 }, 4210)
    expect(core.holdsReadLease(4210)).toBe(true)
  })

  test('never again in its term once another was asked to take over, also when that fails', () => {
    const core = leader()
    core.transferLeadership('b')
    turn(core)
    expect(core.holdsReadLease(2011)).toBe(false)
    answer(core, 'b', { sentAtMs: 2900 }, 2950)
    core.tick(3100)
    answer(core, 'b', { sentAtMs: 3100 }, 3110)
    expect(core.role).toBe('leader')
    expect(core.holdsReadLease(3110)).toBe(false)
  })

  test('in a later term of its own as in any other', () => {
    const core = leader()
    core.transferLeadership('b')
    turn(core)
    core.step({ type: 'voteReply', from: 'c', to: 'a', term: 3, granted: false }, 2100)
    core.tick(4200)
    win(core, 4)
    expect(core.holdsReadLease(4200)).toBe(false)
    answer(core, 'b', { sentAtMs: 4200 }, 4210)
    expect(core.holdsReadLease(4210)).toBe(true)
  })

  test('no shorter for an answer that comes late', () => {
    const core = leader()
    answer(core, 'b', { sentAtMs: 2250 }, 2260)
    answer(core, 'b', { sentAtMs: 2100 }, 2270)
    expect(core.holdsReadLease(2549)).toBe(true)
  })

  test('still while the one that is to take over is brought up to date', () => {
    const core = leader()
    core.transferLeadership('c')
    turn(core)
    expect(core.holdsReadLease(2011)).toBe(true)
  })

  test('always when there is nobody else, and never when it does not lead', () => {
    const alone = server('a', [{ index: 0, servers: servers.slice(0, 1) }])
    alone.tick(0)
    turn(alone)
    expect(alone.holdsReadLease(1_000_000)).toBe(true)
    expect(server('a').holdsReadLease(0)).toBe(false)
  })

  test('not as the only voter either, when it does not lead: its disk may be full', () => {
    const alone = server('a', [{ index: 0, servers: servers.slice(0, 1) }])
    expect(alone.holdsReadLease(0)).toBe(false)
    alone.tick(0)
    turn(alone)
    alone.stepDown()
    expect(alone.holdsReadLease(1)).toBe(false)
  })

  test('only with a lease that ends before others stand for election by silence', () => {
    const core = (readLeaseMs: number) => () => server('a', all, { readLeaseMs })
    expect(core(times.heartbeatTimeoutMs / clockRatioMax)).not.toThrow()
    expect(core(times.heartbeatTimeoutMs / clockRatioMax + 1)).toThrow('a read lease ends before')
  })
})

describe('a leader that a majority does not answer', () => {
  test('steps down when the time for that has come, and says so', () => {
    const core = leader()
    const endsAtMs = 2000 + times.leaderLeaseMs
    core.tick(endsAtMs - 1)
    expect(core.role).toBe('leader')
    core.tick(endsAtMs)
    expect([core.role, core.leader, core.term]).toEqual(['follower', undefined, 2])
    const events: CoreEvent[] = []
    turn(core, events)
    expect(events).toContainEqual({ kind: 'leaseLost', term: 2 })
  })

  test('steps down though some do', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))
    const core = server('a', [{ index: 0, servers: five }])
    core.tick(2000)
    turn(core)
    for (const type of ['preVoteReply', 'voteReply'] as const) {
      for (const from of ['b', 'c']) {
        core.step({ type, from, to: 'a', term: type === 'voteReply' ? 2 : 1, granted: true }, 2000)
      }
      turn(core)
    }
    expect(core.role).toBe('leader')
    answer(core, 'b', { sentAtMs: 2900 }, 2910)
    core.tick(3000)
    expect(core.role).toBe('follower')
  })
})

const zero: Echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 }

describe('a follower helps nobody to replace the leader', () => {
  test('for as long as the lease by the fastest clock, from when it heard it', () => {
    const core = server('b')
    core.step(heartbeat('a', 'b', 2), 5000)
    core.leaderLost('a', 5001)
    core.step(vote('c', 'b'), 5000 + promiseMs - 1)
    expect(granted(core)).toBe(false)
    expect(core.term).toBe(2)
    core.step(vote('c', 'b'), 5000 + promiseMs)
    expect(granted(core)).toBe(true)
  })

  test('in a later term either', () => {
    const core = server('b')
    core.step(heartbeat('a', 'b', 2), 5000)
    core.step({ type: 'voteReply', from: 'c', to: 'b', term: 3, granted: false }, 5001)
    expect([core.term, core.leader]).toEqual([3, undefined])
    core.step({ ...vote('c', 'b'), term: 4 } as Message, 5002)
    expect(granted(core)).toBe(false)
  })

  test('after a start, when it may have promised that before', () => {
    const core = server('b')
    core.step(vote('c', 'b'), promiseMs - 1)
    expect(granted(core)).toBe(false)
    core.step(vote('c', 'b'), promiseMs)
    expect(granted(core)).toBe(true)
  })

  test('and does not stand for election itself', () => {
    const core = server('b')
    core.step(heartbeat('a', 'b', 2), 5000)
    core.leaderLost('a', 5001)
    core.tick(5000 + promiseMs - 1)
    expect(core.role).toBe('follower')
    core.tick(5000 + promiseMs)
    expect(core.role).toBe('preCandidate')
  })

  test('unless that leader asked for it', () => {
    const core = server('b')
    core.step(heartbeat('a', 'b', 2), 5000)
    core.step(vote('c', 'b', true), 5001)
    expect(granted(core)).toBe(true)
  })
})

describe('the only voter', () => {
  const alone = [{ index: 0, servers: servers.slice(0, 1) }]

  test('stands for election at once, also when its disk was full for a while', () => {
    const core = server('a', alone)
    core.tick(0)
    turn(core)
    expect(core.role).toBe('leader')
    core.stepDown()
    expect(core.nextTickAtMs).toBe(0)
    core.tick(10)
    turn(core)
    expect(core.role).toBe('leader')
  })

  test('waits when others voted before: one of them may still read alone', () => {
    const core = server('a', [...all, { index: 1, servers: servers.slice(0, 1) }])
    core.tick(promiseMs - 1)
    expect([core.role, core.nextTickAtMs]).toEqual(['follower', promiseMs])
    core.tick(promiseMs)
    turn(core)
    expect(core.role).toBe('leader')
  })
})
