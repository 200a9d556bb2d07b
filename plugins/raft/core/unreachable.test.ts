import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { type AppendRequest, entryType } from './messages.ts'
import { Rehearsal } from './rehearsal.ts'

/** Three servers with the same ten entries, of which one stays away while the others elect a leader. */
function cluster() {
  const rehearsal = new Rehearsal(['a', 'b', 'c'], seededRandom(3))
  const servers = [...rehearsal.servers.values()]
  const appends: AppendRequest[] = []
  const pass = (ms: number) =>
    rehearsal.pass(ms, {
      arrived: (message) => {
        if (message.type === 'append' && (message.prevIndex > 0 || message.entries.length > 0)) appends.push(message)
      },
    })
  pass(400)
  const old = rehearsal.leader!
  for (let number = 0; number < 10; number++) {
    old.core.propose({ type: entryType.command, data: Buffer.from(`${number}`), extensions: null, appendedAtMs: 0 })
  }
  pass(100)
  for (const server of servers) server.crash()
  const [away, ...others] = servers
  for (const server of others) server.restart()
  pass(600)
  return { pass, appends, leader: rehearsal.leader!, away: away! }
}

test('a server that could not be reached for a while is sent what it lacks, and not the log from its beginning', () => {
  const { pass, appends, leader, away } = cluster()
  const known = away.disk.entries.size
  // Each attempt to connect fails.
  for (let attempt = 0; attempt < 5; attempt++) {
    leader.core.unreachable(away.id)
    pass(20)
  }
  appends.length = 0
  leader.core.unreachable(away.id)
  away.restart()
  pass(100)
  expect(away.appliedIndex).toBe(leader.appliedIndex)
  const sent = appends.filter(({ to }) => to === away.id)
  expect(Math.min(...sent.map(({ prevIndex }) => prevIndex))).toBe(known)
  expect(sent.flatMap(({ entries }) => entries.map(({ index }) => index))).not.toContain(known)
})

test('one that was reached before is sent what it may not have stored', () => {
  const { pass, appends, leader, away } = cluster()
  away.restart()
  pass(200)
  const stored = leader.core.log.lastIndex
  away.crash()
  leader.core.propose({ type: entryType.command, data: Buffer.from('lost'), extensions: null, appendedAtMs: 0 })
  pass(20)
  appends.length = 0
  leader.core.unreachable(away.id)
  away.restart()
  pass(100)
  expect(away.appliedIndex).toBe(stored + 1)
  expect(appends.find(({ to }) => to === away.id)).toMatchObject({
    prevIndex: stored,
    entries: [{ index: stored + 1 }],
  })
})
