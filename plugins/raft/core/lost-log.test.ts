import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { type Draft, entryType } from './messages.ts'
import { Rehearsal, type RehearsalServer } from './rehearsal.ts'
import type { CoreEvent } from './state.ts'

function command(text: string): Draft {
  return { type: entryType.command, data: Buffer.from(text), extensions: null, appendedAtMs: 0 }
}

/** Three servers, ten entries on every disk, and time that passes without a loss. */
function cluster() {
  const rehearsal = new Rehearsal(['a', 'b', 'c'], seededRandom(3))
  const servers = [...rehearsal.servers.values()]
  const events: CoreEvent[] = []
  const pass = (ms: number) => rehearsal.pass(ms, { event: (event) => events.push(event) })
  pass(400)
  const leader = rehearsal.leader!
  const follower = servers.find((server) => server !== leader)!
  for (let number = 0; number < 10; number++) leader.core.propose(command(`${number}`))
  pass(50)
  const lost = () => events.filter((event) => event.kind === 'logLost')
  return { rehearsal, pass, leader, follower, lost }
}

/** Starts again with nothing, or with only the first `kept` entries, as from an old copy of the disk. */
function comesBackWith(kept: number, server: RehearsalServer): void {
  server.crash()
  for (const index of [...server.disk.entries.keys()]) if (index > kept) server.disk.entries.delete(index)
  if (kept === 0) server.disk.hardState = { term: 0, votedFor: undefined }
  server.restart()
}

describe('a follower that comes back under its id without what it had stored', () => {
  test.for([0, 5])('is sent it again by the same leader, when it kept %i entries', (kept) => {
    const { pass, leader, follower, lost } = cluster()
    const { term } = leader.core
    const stored = leader.core.log.lastIndex
    comesBackWith(kept, follower)
    pass(300)
    expect([leader.core.role, leader.core.term]).toEqual(['leader', term])
    expect(follower.core.log.lastIndex).toBe(stored)
    expect(follower.appliedIndex).toBe(leader.appliedIndex)
    expect(lost()).toEqual([{ kind: 'logLost', peer: follower.id, stored, lastIndex: kept }])
    leader.core.propose(command('next'))
    pass(50)
    expect(follower.appliedIndex).toBe(stored + 1)
  })

  test('gets a snapshot where the entries are compacted away', () => {
    const { pass, leader, follower } = cluster()
    leader.compact(0)
    comesBackWith(0, follower)
    pass(300)
    expect(follower.disk.snapshot?.index).toBe(leader.disk.snapshot?.index)
    leader.core.propose(command('next'))
    pass(50)
    expect(follower.appliedIndex).toBe(leader.appliedIndex)
  })

  test('counts for no commit until it has the entries again', () => {
    const { rehearsal, pass, leader, follower } = cluster()
    const other = [...rehearsal.servers.values()].find((server) => server !== leader && server !== follower)!
    comesBackWith(0, follower)
    // The probe is answered, and before anything else arrives the third server is gone.
    other.crash()
    const before = leader.core.commitIndex
    leader.core.propose(command('next'))
    rehearsal.cut(leader.id, follower.id)
    pass(20)
    expect(leader.core.commitIndex).toBe(before)
    rehearsal.heal()
    pass(300)
    expect(leader.core.commitIndex).toBe(before + 1)
    expect(follower.appliedIndex).toBe(before + 1)
  })
})

describe('a follower that only failed to store something new', () => {
  test('is believed to have what it acknowledged', () => {
    const { rehearsal, pass, leader, follower, lost } = cluster()
    follower.crash()
    leader.core.propose(command('next'))
    const { term } = leader.core
    const lastIndex = follower.disk.entries.size
    const refuse = () => {
      for (const message of rehearsal.network.splice(0)) {
        if (message.to !== follower.id) rehearsal.deliver(message, rehearsal.nowMs)
        else if (message.type === 'append' && message.entries.length > 0) {
          const { echo } = message
          const reply = { type: 'appendReply', from: follower.id, to: leader.id, term, success: false } as const
          leader.core.step({ ...reply, lastIndex, echo }, rehearsal.nowMs)
        }
      }
    }
    leader.take()
    leader.sync()
    refuse()
    follower.restart()
    pass(300)
    expect(lost()).toEqual([])
    expect(follower.appliedIndex).toBe(leader.appliedIndex)
  })
})
