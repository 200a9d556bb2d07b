import { describe, expect, test } from 'vitest'
import { Keyring } from '../encryption/keyring.ts'
import type { QueryParams } from './asked-queries.ts'
import type { KeyRequest, KeyringOutcome } from './key-requests.ts'
import { type TestMember, TestPool } from './pool.fixture.ts'
import { encodeMessage } from './wire.ts'

/** Has every member answer the application's queries with its name. */
function answerAll(pool: TestPool): void {
  for (const member of pool.members) {
    for (const output of member.outputs.splice(0)) {
      if (output.kind === 'query') member.serf.respond(output.query, Buffer.from(`I am ${member.name}`), pool.now)
    }
    pool.flush(member)
  }
}

interface Outcome {
  readonly answers: Map<string, string>
  readonly acks: Set<string>
  tookMs: number
}

function ask(pool: TestPool, member: TestMember, params: QueryParams = {}, limitMs = 20_000): Outcome {
  const start = pool.now
  const outcome: Outcome = { answers: new Map(), acks: new Set(), tookMs: -1 }
  let isDone = false
  const listener = {
    ack: (from: string) => void outcome.acks.add(from),
    answer: (from: string, payload: Buffer) => {
      expect(outcome.answers.has(from)).toBe(false)
      outcome.answers.set(from, String(payload))
    },
    done: (now: number) => {
      isDone = true
      outcome.tookMs = now - start
    },
  }
  member.serf.query('who', Buffer.from('?'), params, listener, pool.now)
  pool.flush(member)
  pool.advanceUntil(() => {
    answerAll(pool)
    return isDone
  }, limitMs)
  return outcome
}

describe('a query', () => {
  test.for([2, 10, 50])('among %i members is answered once by each, and over when all have', (count) => {
    const pool = new TestPool({ seed: count })
    const members = pool.startMany(count)
    const { answers, acks, tookMs } = ask(pool, members[1]!, { wantsAck: true })
    expect([...answers.keys()].sort()).toEqual(members.map(({ name }) => name).sort())
    expect(answers.get('m1')).toBe('I am m1')
    expect(acks.size).toBe(count)
    expect(tookMs).toBeLessThan(3200)
  })

  test('among 300 members is heard, confirmed and answered by all within two seconds, as is an event', () => {
    const pool = new TestPool({ seed: 300 })
    const members = pool.startStanding(300)
    members[7]!.serf.userEvent('deploy', Buffer.from('v1'), false)
    const { answers, acks, tookMs } = ask(pool, members[42]!, { wantsAck: true })
    expect([answers.size, acks.size]).toEqual([300, 300])
    expect(tookMs).toBeLessThan(2000)
    expect(members.every(({ serf }) => serf.clocks().eventLTime === 2)).toBe(true)
  })

  test('goes only to the members it names, and everybody helps to spread it', () => {
    const pool = new TestPool({ seed: 2 })
    const members = pool.startMany(12)
    const { answers } = ask(pool, members[0]!, { nodes: ['m3', 'm9', 'nobody'] })
    expect([...answers.keys()].sort()).toEqual(['m3', 'm9'])
  })

  test('goes only to members whose tags fit', () => {
    const pool = new TestPool({ seed: 3 })
    const first = pool.start('db-1', { tags: { role: 'database', zone: 'a' } })
    const names = ['db-2', 'web-1', 'web-2']
    for (const name of names)
      pool.join(pool.start(name, { tags: { role: name.startsWith('db') ? 'database' : 'web' } }), first)
    pool.advance(5000)
    expect([...ask(pool, first, { tags: { role: '^data' } }).answers.keys()].sort()).toEqual(['db-1', 'db-2'])
    expect([...ask(pool, first, { tags: { role: 'a', zone: '^$' } }).answers.keys()].sort()).toEqual(['db-2'])
    expect([...ask(pool, first, { tags: { role: '(' } }, 4000).answers.keys()]).toEqual([])
  })

  test('whose answers do not all come ends after 3.2 s in a small pool', () => {
    const pool = new TestPool({ seed: 4 })
    const [a, b] = pool.startMany(3) as [TestMember, TestMember]
    pool.stop(b)
    const { answers, tookMs } = ask(pool, a)
    expect([...answers.keys()].sort()).toEqual(['m1', 'm3'])
    expect(tookMs).toBe(3200)
  })

  test('ends when its asker says so, and a late answer is nobody’s', () => {
    const pool = new TestPool({ seed: 5 })
    const [a, b] = pool.startMany(2) as [TestMember, TestMember]
    const { tookMs } = ask(pool, a, { timeoutMs: 1 })
    expect(tookMs).toBe(1)
    const late = b.outputs.find((output) => output.kind === 'query')
    pool.advance(1000)
    for (const output of [late, ...b.outputs]) {
      if (output?.kind !== 'query') continue
      expect(() => b.serf.respond(output.query, Buffer.alloc(0), pool.now)).toThrow('response is past the deadline')
    }
  })

  test('whose answers cannot come straight comes back by way of others', () => {
    const pool = new TestPool({ seed: 6 })
    const members = pool.startMany(5)
    const [a, b] = members as [TestMember, TestMember]
    pool.drops = (from, to) => from === b.endpoint && to.address === a.endpoint.address
    expect(ask(pool, a).answers.has('m2')).toBe(false)
    pool.drops = (from, to) => from === b.endpoint && to.address === a.endpoint.address
    expect(ask(pool, a, { relayFactor: 3 }).answers.get('m2')).toBe('I am m2')
  })

  test('is refused when it does not fit into a message, or has a name of serf’s own', () => {
    const pool = new TestPool()
    const a = pool.start('a')
    const send = (name: string, size: number) => a.serf.query(name, Buffer.alloc(size), {}, {}, pool.now)
    expect(() => send('q', 1024)).toThrow('query exceeds limit of 1024 bytes')
    expect(() => send('_serf_ping', 0)).toThrow("Queries cannot contain the '_serf_' prefix")
    send('q', 800)
  })

  test('takes one answer of at most 1024 bytes', () => {
    const pool = new TestPool()
    const a = pool.start('a')
    a.serf.query('q', Buffer.alloc(0), {}, {}, pool.now)
    pool.flush(a)
    const [output] = a.outputs.filter(({ kind }) => kind === 'query')
    const query = output?.kind === 'query' ? output.query : undefined
    expect(() => a.serf.respond(query!, Buffer.alloc(1024), pool.now)).toThrow('response exceeds limit of 1024 bytes')
    a.serf.respond(query!, Buffer.alloc(900), pool.now)
    expect(() => a.serf.respond(query!, Buffer.alloc(0), pool.now)).toThrow('response already sent')
  })

  test('with serf’s own name is answered by acks alone, and never reaches the application', () => {
    const pool = new TestPool({ seed: 7 })
    const [a, b] = pool.startMany(2) as [TestMember, TestMember]
    const ping = encodeMessage({
      type: 'query',
      lTime: 9,
      id: 1,
      origin: a.endpoint,
      originName: 'm1',
      filters: [],
      wantsAck: true,
      rebroadcast: false,
      relayFactor: 0,
      timeoutMs: 1000,
      name: '_serf_ping',
      payload: Buffer.alloc(0),
    })
    const sentBefore = pool.sentPackets
    b.serf.userMessage(ping, pool.now)
    b.serf.userMessage(ping, pool.now)
    pool.flush(b)
    expect(pool.sentPackets).toBe(sentBefore + 1)
    expect(b.outputs.some(({ kind }) => kind === 'query')).toBe(false)
  })
})

describe('a keyring request', () => {
  const key = (fill: number) => Buffer.alloc(32, fill)
  const oldKey = key(1).toString('base64')
  const newKey = key(2).toString('base64')

  const pooled = (count: number) => {
    const pool = new TestPool({ seed: 31 })
    const keyrings = Array.from({ length: count }, () => new Keyring([key(1)]))
    const members = keyrings.map((keyring, i) => pool.start(`m${i + 1}`, { keyring }))
    for (const member of members.slice(1)) pool.join(member, members[0]!)
    pool.advance(5000)
    const request = (of: KeyRequest, member = members[0]!): KeyringOutcome => {
      let outcome: KeyringOutcome | undefined
      member.serf.requestKeys(of, (result) => (outcome = result), pool.now)
      pool.flush(member)
      pool.advanceUntil(() => outcome !== undefined, 20_000)
      return outcome!
    }
    return { pool, members, keyrings, request }
  }

  test('rotates the key of all members: install, use, remove', () => {
    const { request } = pooled(5)
    expect(request({ operation: 'install', key: key(2) })).toStrictEqual({
      error: '',
      memberCount: 5,
      answerCount: 5,
      errorCount: 0,
      messages: Object.create(null),
      keys: Object.create(null),
      primaryKeys: Object.create(null),
    })
    expect(request({ operation: 'use', key: key(2) }).error).toBe('')
    const between = request({ operation: 'list' })
    expect(between.keys).toEqual({ [oldKey]: 5, [newKey]: 5 })
    expect(between.primaryKeys).toEqual({ [newKey]: 5 })
    expect(request({ operation: 'remove', key: key(1) }).error).toBe('')
    expect(request({ operation: 'list' }).keys).toEqual({ [newKey]: 5 })
  })

  test('says who refused it, and why', () => {
    const { request, keyrings } = pooled(3)
    keyrings[1]!.install(key(2))
    const outcome = request({ operation: 'use', key: key(2) })
    expect(outcome.error).toBe('2/3 nodes reported failure')
    expect(outcome.messages).toEqual({
      m1: 'Requested key is not in the keyring',
      m3: 'Requested key is not in the keyring',
    })
    expect(request({ operation: 'remove', key: key(2) }).messages).toEqual({
      m2: 'Removing the primary key is not allowed',
    })
    expect(request({ operation: 'install', key: Buffer.alloc(7) }).messages.m1).toBe(
      'key size must be 16, 24 or 32 bytes',
    )
  })

  test('is an error when a member does not answer', () => {
    const { pool, members, request } = pooled(3)
    pool.stop(members[2]!)
    expect(request({ operation: 'list' })).toMatchObject({ error: '2/3 nodes reported success', answerCount: 2 })
  })

  test('fails with a reason where nothing is encrypted', () => {
    const pool = new TestPool({ seed: 33 })
    const [a] = pool.startMany(2) as [TestMember]
    let outcome: KeyringOutcome | undefined
    a.serf.requestKeys({ operation: 'list' }, (result) => (outcome = result), pool.now)
    pool.advance(4000)
    expect(outcome!.error).toBe('2/2 nodes reported failure')
    expect(outcome!.messages).toEqual({
      m1: 'Keyring is empty (encryption not enabled)',
      m2: 'Keyring is empty (encryption not enabled)',
    })
  })

  test('for more keys than fit into an answer lists the first ones and says so', () => {
    const { request, keyrings } = pooled(1)
    for (let i = 2; i <= 40; i++) keyrings[0]!.install(key(i))
    const { error, keys, messages, primaryKeys } = request({ operation: 'list' })
    expect(error).toBe('')
    const shown = Object.keys(keys).length
    expect(shown).toBeGreaterThan(10)
    expect(shown).toBeLessThan(40)
    expect(messages).toEqual({ m1: `Truncated key list response, showing first ${shown} of 40 keys` })
    expect(primaryKeys).toEqual({ [oldKey]: 1 })
  })
})

describe('two members of one name', () => {
  const contested = (resolvesConflicts: boolean) => {
    const pool = new TestPool({ seed: 41, serf: { resolvesConflicts } })
    const members = pool.startMany(4) as [TestMember, TestMember, TestMember, TestMember]
    const impostor = pool.start('m1', { address: '10.9.9.9' })
    pool.join(impostor, members[1])
    pool.advance(30_000)
    return { pool, first: members[0], impostor }
  }
  const lost = (member: TestMember) => member.outputs.some(({ kind }) => kind === 'nameLost')

  test('both stay as Consul has it', () => {
    const { first, impostor } = contested(false)
    expect(lost(first) || lost(impostor)).toBe(false)
  })

  test('the one the others know stays where conflicts are resolved, the other has to stop', () => {
    const { first, impostor } = contested(true)
    expect(lost(first)).toBe(false)
    expect(lost(impostor)).toBe(true)
  })
})
