import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { Rehearsal } from './rehearsal.ts'

/** A cluster of three in which nothing gets lost, with a leader. */
function cluster(commitNoticeMs = Number.POSITIVE_INFINITY) {
  const rehearsal = new Rehearsal(['a', 'b', 'c'], seededRandom(3), { commitNoticeMs })
  const servers = [...rehearsal.servers.values()]
  const pass = (ms: number) => rehearsal.pass(ms)
  pass(400)
  const leader = rehearsal.leader!
  const [one, other] = servers.filter((server) => server !== leader)
  return { rehearsal, pass, leader, one: one!, other: other! }
}

describe('a server that is taken out of the cluster', () => {
  test('is told once that is certain, and asks nobody for a vote', () => {
    const { pass, leader, one } = cluster()
    leader.core.changeMembership({ kind: 'remove', id: one.id })
    expect(leader.core.contacts.map(({ id }) => id)).toContain(one.id)
    pass(30)
    expect(one.core.isVoter).toBe(false)
    expect(one.core.commitIndex).toBe(leader.core.commitIndex)
    expect(leader.core.contacts).toBe(leader.core.configuration.servers)
    pass(1000)
    expect([one.core.role, one.core.term]).toEqual(['follower', leader.core.term])
  })

  test('hears nothing of it while it may not come to be: its vote is still needed', () => {
    const { rehearsal, pass, leader, one, other } = cluster()
    rehearsal.cut(leader.id, other.id)
    leader.core.changeMembership({ kind: 'remove', id: one.id })
    pass(20)
    expect(one.core.isVoter).toBe(true)
    rehearsal.heal()
    pass(150)
    expect(one.core.isVoter).toBe(false)
  })

  test('is given up when it cannot be told', () => {
    const { rehearsal, pass, leader, one } = cluster()
    rehearsal.cut(leader.id, one.id)
    leader.core.changeMembership({ kind: 'remove', id: one.id })
    pass(50)
    expect(leader.core.contacts.map(({ id }) => id)).toContain(one.id)
    pass(100)
    expect(leader.core.contacts.map(({ id }) => id)).not.toContain(one.id)
    expect(leader.core.role).toBe('leader')
  })

  test('is followed on when it is added again meanwhile', () => {
    const { rehearsal, pass, leader, one } = cluster()
    rehearsal.cut(leader.id, one.id)
    leader.core.changeMembership({ kind: 'remove', id: one.id })
    pass(20)
    leader.core.changeMembership({ kind: 'addVoter', id: one.id, address: `${one.id}:8300` })
    rehearsal.heal()
    pass(400)
    expect(leader.core.role).toBe('leader')
    expect(one.core.configuration.servers).toHaveLength(3)
    expect(one.appliedIndex).toBe(leader.appliedIndex)
  })
})

describe('a follower that is sent nothing else', () => {
  test('hears of the commit index after one to two times the notice interval, behind the last entry', () => {
    const { rehearsal, leader, one } = cluster(10)
    const heard: number[] = []
    for (let ms = 0; ms < 200; ms++) {
      rehearsal.nowMs++
      for (const server of rehearsal.servers.values()) {
        server.tick()
        server.take()
        server.sync()
      }
      for (const message of rehearsal.network.splice(0)) {
        if (message.type === 'append' && message.to === one.id && message.prevIndex > 0) {
          expect(message).toMatchObject({ entries: [], prevIndex: 1, commitIndex: leader.core.commitIndex })
          heard.push(rehearsal.nowMs)
        }
        rehearsal.deliver(message, rehearsal.nowMs)
      }
    }
    const pauses = heard.slice(1).map((atMs, at) => atMs - heard[at]!)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(21)
  })

  test('costs no timer while it does not answer', () => {
    const { rehearsal, pass, leader, one } = cluster(10)
    rehearsal.cut(leader.id, one.id)
    pass(40)
    expect(leader.core.nextTickAtMs).toBeGreaterThan(rehearsal.nowMs)
  })
})
