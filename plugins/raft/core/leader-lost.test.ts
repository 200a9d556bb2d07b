import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import type { Message } from './messages.ts'
import { RaftCore } from './raft-core.ts'
import { clockRatioMax, coreDefaults } from './state.ts'

const readLeaseMs = 300
/** By then a server that heard a leader at 1000 ms has kept its promise. */
const freeAtMs = 1000 + readLeaseMs * clockRatioMax
const servers = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))

/** A follower of `a` in term 2, at 1000 ms; the leader says that it reads alone for `leaseMs`, or nothing of it. */
function follower(id: string, leaseMs?: number): RaftCore {
  const core = new RaftCore(
    { ...coreDefaults, id, heartbeatTimeoutMs: 1000, electionTimeoutMs: 1000, leaderLeaseMs: 500, readLeaseMs },
    {
      hardState: { term: 2, votedFor: 'a' },
      log: { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] },
      configurations: [{ index: 1, servers }],
    },
    seededRandom(1),
    0,
  )
  core.step(heartbeat(id, leaseMs), 1000)
  sent(core)
  return core
}

function heartbeat(to: string, leaseMs: number | undefined): Message {
  const echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 }
  const empty = { prevIndex: 0, prevTerm: 0, entries: [], commitIndex: 0 }
  return { type: 'append', from: 'a', to, term: 2, ...empty, leaseMs, echo }
}

function preVote(from: string, to: string): Message {
  return { type: 'preVote', from, to, term: 3, lastIndex: 0, lastTerm: 0, transfer: false }
}

function sent(core: RaftCore): Message[] {
  const output = core.take()
  core.written(output)
  return [...output.prompt, ...output.messages]
}

describe('a follower whose leader is seen to end', () => {
  test('asks for pre-votes in its turn, long before the heartbeat timeout', () => {
    for (const [id, turnMs] of [
      ['b', 0],
      ['c', 50],
    ] as const) {
      const core = follower(id, readLeaseMs)
      core.leaderLost('a', 1010)
      expect(core.nextTickAtMs).toBe(freeAtMs + turnMs)
      core.tick(freeAtMs + turnMs)
      expect(sent(core).map(({ type, to }) => `${type} ${to}`)).toEqual(
        ['a', 'b', 'c'].filter((to) => to !== id).map((to) => `preVote ${to}`),
      )
    }
  })

  test('gets no pre-vote from one that still hears the leader, and stays in its term', () => {
    const core = follower('c', readLeaseMs)
    core.step(preVote('b', 'c'), freeAtMs)
    expect(sent(core)).toMatchObject([{ type: 'preVoteReply', granted: false, term: 2 }])
  })

  test('gives its pre-vote to another', () => {
    const core = follower('c', readLeaseMs)
    core.leaderLost('a', 1010)
    core.step(preVote('b', 'c'), freeAtMs)
    expect(sent(core)).toMatchObject([{ type: 'preVoteReply', granted: true }])
    expect(core.term).toBe(2)
  })

  test('goes on following when the leader is heard after all', () => {
    const core = follower('b', readLeaseMs)
    core.leaderLost('a', 1010)
    core.tick(freeAtMs)
    core.step(heartbeat('b', readLeaseMs), 1400)
    expect([core.role, core.leader, core.term]).toEqual(['follower', 'a', 2])
    expect(core.nextTickAtMs).toBeGreaterThanOrEqual(2400)
  })

  test('does nothing when it follows another', () => {
    const core = follower('b', readLeaseMs)
    const before = core.nextTickAtMs
    core.leaderLost('c', 1010)
    expect([core.leader, core.nextTickAtMs]).toEqual(['a', before])
  })

  test.for([undefined, readLeaseMs + 1])(
    'stands by one that may read alone for longer than it promised: %s',
    (leaseMs) => {
      const core = follower('b', leaseMs)
      const before = core.nextTickAtMs
      core.leaderLost('a', 1010)
      expect([core.leader, core.nextTickAtMs]).toEqual(['a', before])
      core.step(preVote('c', 'b'), 1999)
      expect(sent(core)).toMatchObject([{ type: 'preVoteReply', granted: false }])
      core.step(preVote('c', 'b'), 2000)
      expect(sent(core)).toMatchObject([{ type: 'preVoteReply', granted: true }])
    },
  )

  test('goes by what the leader says now, not by what one before it said', () => {
    const core = follower('b', readLeaseMs)
    core.step({ ...heartbeat('b', undefined), from: 'c', term: 3 } as Message, 1100)
    const before = core.nextTickAtMs
    core.leaderLost('c', 1110)
    expect([core.leader, core.nextTickAtMs]).toEqual(['c', before])
  })
})
