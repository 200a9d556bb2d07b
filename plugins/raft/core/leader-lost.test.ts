import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import type { Message } from './messages.ts'
import { RaftCore } from './raft-core.ts'
import { coreDefaults } from './state.ts'

const servers = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))

/** A follower of `a` in term 2, at 1000 ms. */
function follower(id: string): RaftCore {
  const core = new RaftCore(
    { ...coreDefaults, id, heartbeatTimeoutMs: 1000, electionTimeoutMs: 1000, leaderLeaseMs: 500 },
    {
      hardState: { term: 2, votedFor: 'a' },
      log: { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] },
      configurations: [{ index: 1, servers }],
    },
    seededRandom(1),
    0,
  )
  core.step(heartbeat(id), 1000)
  sent(core)
  return core
}

function heartbeat(to: string): Message {
  const echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 }
  return { type: 'append', from: 'a', to, term: 2, prevIndex: 0, prevTerm: 0, entries: [], commitIndex: 0, echo }
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
      const core = follower(id)
      core.leaderLost('a', 1010)
      expect(core.nextTickAtMs).toBe(1010 + turnMs)
      core.tick(1010 + turnMs)
      expect(sent(core).map(({ type, to }) => `${type} ${to}`)).toEqual(
        ['a', 'b', 'c'].filter((to) => to !== id).map((to) => `preVote ${to}`),
      )
    }
  })

  test('gets no pre-vote from one that still hears the leader, and stays in its term', () => {
    const core = follower('c')
    core.step(preVote('b', 'c'), 1020)
    expect(sent(core)).toMatchObject([{ type: 'preVoteReply', granted: false, term: 2 }])
  })

  test('gives its pre-vote to another', () => {
    const core = follower('c')
    core.leaderLost('a', 1010)
    core.step(preVote('b', 'c'), 1020)
    expect(sent(core)).toMatchObject([{ type: 'preVoteReply', granted: true }])
    expect(core.term).toBe(2)
  })

  test('goes on following when the leader is heard after all', () => {
    const core = follower('b')
    core.leaderLost('a', 1010)
    core.tick(1010)
    core.step(heartbeat('b'), 1020)
    expect([core.role, core.leader, core.term]).toEqual(['follower', 'a', 2])
    expect(core.nextTickAtMs).toBeGreaterThanOrEqual(2020)
  })

  test('does nothing when it follows another', () => {
    const core = follower('b')
    const before = core.nextTickAtMs
    core.leaderLost('c', 1010)
    expect([core.leader, core.nextTickAtMs]).toEqual(['a', before])
  })
})
