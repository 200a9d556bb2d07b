import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { encodeConfiguration } from './configuration.ts'
import { type AppendRequest, type Echo, type Entry, entryType, type InstallRequest } from './messages.ts'
import { RaftCore } from './raft-core.ts'
import { coreDefaults } from './state.ts'

const times = { heartbeatTimeoutMs: 100, electionTimeoutMs: 100, leaderLeaseMs: 50 }
const servers = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' as const }))
const echo: Echo = { prevIndex: 0, upTo: 0, round: 0, sentAtMs: 0 }

const entry = (index: number, term: number): Entry => {
  return { index, term, type: entryType.command, data: Buffer.from('x'), extensions: null, appendedAtMs: 0 }
}

function append(from: string, term: number, other: Partial<AppendRequest> = {}): AppendRequest {
  return { type: 'append', from, to: 'a', term, prevIndex: 0, prevTerm: 0, entries: [], commitIndex: 0, echo, ...other }
}

function install(from: string, term: number, index: number, ofTerm: number): InstallRequest {
  const snapshot = { index, term: ofTerm, configuration: encodeConfiguration(servers), configurationIndex: 0 }
  return { type: 'install', from, to: 'a', term, snapshot, echo }
}

/** Follows `b` in term 5. Entries 1 to 4 are of the terms 2, 2, 3 and 4; the first three are committed. */
function follower(): RaftCore {
  const log = { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] }
  const remembered = { hardState: { term: 5, votedFor: undefined }, log, configurations: [{ index: 0, servers }] }
  const core = new RaftCore({ ...coreDefaults, ...times, id: 'a' }, remembered, seededRandom(1), 0)
  const entries = [entry(1, 2), entry(2, 2), entry(3, 3), entry(4, 4)]
  expect(core.step(append('b', 5, { entries, commitIndex: 3 }))).toBeUndefined()
  turn(core)
  return core
}

function turn(core: RaftCore) {
  const output = core.take()
  core.written(output)
  return [...output.prompt, ...output.messages]
}

const state = (core: RaftCore) => [core.term, core.leader, core.commitIndex, core.log.lastIndex, core.log.lastTerm]

describe('what no leader of this cluster can say', () => {
  test.for([
    ['another leads in the same term', append('c', 5)],
    ['another leads in the same term, with a snapshot', install('c', 5, 9, 5)],
    ['the entry before is another one', append('c', 6, { prevIndex: 3, prevTerm: 2 })],
    ['a committed entry is another one', append('c', 6, { prevIndex: 1, prevTerm: 2, entries: [entry(2, 3)] })],
    ['the first entry is another one', append('c', 6, { entries: [entry(1, 1)] })],
    ['what follows is older', append('c', 6, { entries: [entry(1, 2), entry(2, 2), entry(3, 3), entry(4, 2)] })],
    ['a later snapshot is older', install('c', 6, 9, 2)],
  ] as const)('%s: it is refused, and nothing changes', ([, message]) => {
    const core = follower()
    const before = state(core)
    expect(core.step(message)).toMatch(/^c (claims to lead term 5, which b leads|contradicts the committed entry \d)$/)
    expect(state(core)).toEqual(before)
    expect(turn(core)).toEqual([])
  })

  test('what its own leader may say is taken', () => {
    for (const message of [
      append('b', 5),
      append('c', 6, { prevIndex: 3, prevTerm: 3, entries: [entry(4, 6)], commitIndex: 4 }),
      append('c', 6, { entries: [entry(1, 2), entry(2, 2), entry(3, 3), entry(4, 3)] }),
      install('c', 6, 9, 6),
    ]) {
      const core = follower()
      expect(core.step(message)).toBeUndefined()
      expect(turn(core)).toMatchObject([{ success: true }])
    }
  })

  test('nobody leads without the vote of the only voter, whatever the term', () => {
    const own = (committed: number, voters = [servers.slice(0, 1), servers.slice(0, 1)]) => {
      const log = { snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] }
      const remembered = { hardState: { term: 2, votedFor: undefined }, log, configurations: [] }
      const core = new RaftCore({ ...coreDefaults, ...times, id: 'a' }, remembered, seededRandom(1), 0)
      const entries = voters.map((each, at) => {
        return { ...entry(at + 1, 2), type: entryType.configuration, data: encodeConfiguration(each) } as const
      })
      expect(core.step(append('b', 2, { entries, commitIndex: committed }))).toBeUndefined()
      turn(core)
      return core
    }
    const later = append('b', 7, { prevIndex: 2, prevTerm: 2, entries: [entry(3, 7)], commitIndex: 3 })
    const refusal = 'b claims to lead term 7, but nobody asked a, the only voter here'
    const two = servers.slice(0, 2)
    for (const alone of [own(0), own(2), own(2, [two, servers.slice(0, 1)])]) {
      const before = state(alone)
      expect([alone.step(later), alone.step(install('b', 7, 9, 7))]).toEqual([refusal, refusal])
      expect(state(alone)).toEqual(before)
    }
    // The leader that takes itself out of a cluster of two is heard until that is committed.
    expect(own(1, [two, servers.slice(0, 1)]).step(later)).toBeUndefined()
  })

  test('an acknowledgement of what is not in the log counts for nothing', () => {
    const core = follower()
    core.tick(1000)
    turn(core)
    core.step({ type: 'preVoteReply', from: 'b', to: 'a', term: 5, granted: true })
    turn(core)
    core.step({ type: 'voteReply', from: 'b', to: 'a', term: 6, granted: true })
    turn(core)
    expect(core.role).toBe('leader')
    const forged = { ...echo, upTo: 90 }
    const refusal = core.step({
      type: 'appendReply',
      from: 'b',
      to: 'a',
      term: 6,
      success: true,
      lastIndex: 90,
      echo: forged,
    })
    expect(refusal).toBe('b acknowledged entry 90, but the log ends at 5')
    expect(core.step(append('c', 6))).toBe('c claims to lead term 6, which a leads')
    expect([core.role, core.commitIndex]).toEqual(['leader', 3])
  })

  test('whatever a leader says that the wire lets through, the core outlives it and keeps what is committed', () => {
    const terms = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }).map((drawn) => drawn.sort())
    const said = fc.record({
      from: fc.constantFrom('b', 'c', 'x'),
      term: fc.integer({ min: 0, max: 8 }),
      prevIndex: fc.integer({ min: 0, max: 6 }),
      terms,
      commitIndex: fc.integer({ min: 0, max: 12 }),
      snapshot: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(said, { maxLength: 8 }), (all) => {
        const core = follower()
        for (const { from, term, prevIndex, terms, commitIndex, snapshot } of all) {
          const [prevTerm = 0, ...rest] = terms.filter((each) => each <= term)
          const entries = rest.map((each, at) => entry(prevIndex + 1 + at, each))
          if (snapshot && prevIndex > 0) core.step(install(from, term, prevIndex, prevTerm))
          else
            core.step(append(from, term, { prevIndex, prevTerm: prevIndex === 0 ? 0 : prevTerm, entries, commitIndex }))
          turn(core)
        }
        expect(core.commitIndex).toBeGreaterThanOrEqual(3)
        if (core.log.snapshotIndex === 0) expect([1, 2, 3].map((at) => core.log.termAt(at))).toEqual([2, 2, 3])
      }),
      { numRuns: 2000 },
    )
  })
})
