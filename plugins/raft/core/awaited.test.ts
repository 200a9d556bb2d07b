import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { type AppendRequest, type Draft, entryType } from './messages.ts'
import { Rehearsal, type RehearsalServer } from './rehearsal.ts'

function command(text: string): Draft {
  return { type: entryType.command, data: Buffer.from(text), extensions: null, appendedAtMs: 0 }
}

/** A cluster that is at rest, and its followers, those for whose answers its leader's commits wait first. */
function cluster(ids: readonly string[], entriesPerMessageMax = 4) {
  const rehearsal = new Rehearsal(ids, seededRandom(3), { entriesPerMessageMax })
  rehearsal.pass(400)
  const leader = rehearsal.leader!
  const followers = [...rehearsal.servers.values()].filter((server) => server !== leader)
  const isEntries = (message: { type: string }): message is AppendRequest =>
    message.type === 'append' && (message as AppendRequest).entries.length > 0
  /** Proposes, and takes what the leader sends: which entries to whom. */
  const propose = (...texts: string[]) => {
    for (const text of texts) leader.core.propose(command(text))
    leader.take()
    leader.sync()
    leader.take()
    return sent()
  }
  const sent = () => {
    const told = new Map<string, string[]>(followers.map(({ id }) => [id, []]))
    for (const message of rehearsal.network) {
      if (isEntries(message)) told.get(message.to)!.push(message.entries.map(({ data }) => String(data)).join(' '))
    }
    return followers.map(({ id }) => told.get(id))
  }
  /** What is under way to this one arrives and is answered; the leader says what it has to say then. */
  const answer = (follower: RehearsalServer) => {
    const mine = rehearsal.network.filter(({ to }) => to === follower.id)
    rehearsal.network.splice(0, Infinity, ...rehearsal.network.filter(({ to }) => to !== follower.id))
    for (const message of mine) rehearsal.deliver(message)
    follower.take()
    follower.sync()
    follower.take()
    const answers = rehearsal.network.filter(({ from }) => from === follower.id)
    rehearsal.network.splice(0, Infinity, ...rehearsal.network.filter(({ from }) => from !== follower.id))
    for (const message of answers) rehearsal.deliver(message)
    leader.take()
  }
  return { rehearsal, leader, followers, propose, sent, answer }
}

describe('a follower for whose answers no commit waits', () => {
  test('is sent what gathers while it answers, all together', () => {
    const { propose, followers, answer, sent, leader } = cluster(['a', 'b', 'c'])
    const [first, other] = followers as [RehearsalServer, RehearsalServer]
    expect(propose('one')).toEqual([['one'], ['one']])
    propose('two')
    expect(propose('three')).toEqual([['one', 'two', 'three'], ['one']])
    const before = leader.core.commitIndex
    answer(first)
    expect(leader.core.commitIndex).toBe(before + 3)
    expect(sent()).toEqual([[], ['one']])
    answer(other)
    expect(sent()).toEqual([[], ['two three']])
  })

  test('is sent at once what fills a message, however far away it is', () => {
    const { propose } = cluster(['a', 'b', 'c'], 2)
    propose('one')
    expect(propose('two', 'three', 'four')[1]).toEqual(['one', 'two three'])
  })

  test('is awaited when it is further ahead of another than a message reaches', () => {
    const { propose, followers, answer } = cluster(['a', 'b', 'c'])
    const [stopped, other] = followers as [RehearsalServer, RehearsalServer]
    const gathers = () => {
      propose('first')
      const [, told] = propose('second')
      answer(other)
      answer(other)
      return !told!.includes('second')
    }
    expect([gathers(), gathers(), gathers(), gathers()]).toEqual([true, true, true, false])
    // It is as far as the other in the end, and neither is awaited instead for that.
    answer(stopped)
    answer(stopped)
    expect(stopped.disk.entries.size).toBe(other.disk.entries.size)
    expect(gathers()).toBe(false)
    expect(propose('third', 'fourth')[0]).toHaveLength(1)
  })

  test('is told of what is committed and new after a while, although it does not answer', () => {
    const rehearsal = new Rehearsal(['a', 'b', 'c'], seededRandom(3), { commitNoticeMs: 20 })
    rehearsal.pass(400)
    const leader = rehearsal.leader!
    const [, other] = [...rehearsal.servers.values()].filter((server) => server !== leader)
    rehearsal.cut(other!.id, leader.id)
    const got: number[] = []
    const arrived = (message: { type: string; to: string }) => {
      if (message.to === other!.id && message.type === 'append') got.push((message as AppendRequest).entries.length)
    }
    leader.core.propose(command('one'))
    rehearsal.pass(3, { arrived: arrived as never })
    leader.core.propose(command('two'))
    rehearsal.pass(10, { arrived: arrived as never })
    expect(got.filter((entries) => entries > 0)).toEqual([1])
    rehearsal.pass(40, { arrived: arrived as never })
    expect(got.filter((entries) => entries > 0)).toEqual([1, 1])
    expect(other!.core.commitIndex).toBe(leader.core.commitIndex)
  })
})

test('of four followers of a leader two are awaited', () => {
  const { propose } = cluster(['a', 'b', 'c', 'd', 'e'])
  propose('one')
  expect(propose('two')).toEqual([['one', 'two'], ['one', 'two'], ['one'], ['one']])
})
