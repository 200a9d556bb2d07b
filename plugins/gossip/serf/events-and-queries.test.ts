import { describe, expect, test } from 'vitest'
import { consulVersions } from '../core/versions.ts'
import { ConflictVote, encodeConflictAnswer } from './conflicts.ts'
import { lTimeMax } from './lamport.ts'
import type { QueryMessage } from './messages.ts'
import { ConflictResponseRecord, serfType } from './records.ts'
import { endpointOf, TestStage } from './stage.fixture.ts'
import { decodeRecord, encodeMessage } from './wire.ts'

const query = (changes: Partial<QueryMessage> = {}): QueryMessage => ({
  type: 'query',
  lTime: 20,
  id: 4242,
  origin: endpointOf('b'),
  originName: 'b',
  filters: [],
  wantsAck: false,
  rebroadcast: true,
  relayFactor: 0,
  timeoutMs: 5000,
  name: 'probe',
  payload: Buffer.from('hi'),
  ...changes,
})
const isFor = (...names: string[]) =>
  Buffer.concat([
    Buffer.of(0, 0x90 | names.length),
    ...names.map((name) => Buffer.from([0xa0 | name.length, ...Buffer.from(name)])),
  ])

describe('a user event (§9.5)', () => {
  test('is delivered once, and passed on once, as it came', () => {
    const stage = new TestStage()
    stage.event(5, 'deploy', 'v1')
    stage.event(5, 'deploy', 'v1')
    expect(stage.toldBriefly()).toEqual(['event deploy v1'])
    expect(stage.serf.stats().event_queue).toBe('1')
    expect(stage.queued()).toEqual([
      { type: 'userEvent', lTime: 5, name: 'deploy', payload: Buffer.from('v1'), coalesce: false },
    ])
    expect(stage.serf.clocks().eventLTime).toBe(6)
  })

  test('of the same time but another name or payload is another event', () => {
    const stage = new TestStage()
    stage.event(5, 'deploy', 'v1')
    stage.event(5, 'deploy', 'v2')
    stage.event(5, 'revert', 'v1')
    stage.event(5, 'deploy', 'v2')
    expect(stage.toldBriefly()).toEqual(['event deploy v1', 'event deploy v2', 'event revert v1'])
  })

  test('as old as the memory reaches is told apart; an older one is not believed', () => {
    const stage = new TestStage()
    stage.event(1000, 'now')
    stage.event(489, 'old')
    stage.event(489, 'old')
    stage.event(488, 'too old')
    expect(stage.serf.clocks().eventLTime).toBe(1001)
    expect(stage.toldBriefly()).toEqual(['event now ', 'event old '])
  })

  test('takes the slot of one 512 times earlier', () => {
    const stage = new TestStage()
    stage.event(3, 'first')
    stage.event(515, 'second')
    stage.event(3, 'first')
    expect(stage.toldBriefly()).toEqual(['event first ', 'event second '])
  })

  test('from before this member’s last life is not delivered again', () => {
    const stage = new TestStage({}, { lTime: 7, eventLTime: 10, queryLTime: 20 })
    expect(stage.serf.clocks()).toEqual({ lTime: 8, eventLTime: 11, queryLTime: 21 })
    stage.event(10, 'seen')
    stage.event(11, 'new')
    stage.hear(query({ lTime: 20 }))
    stage.hear(query({ lTime: 21 }))
    expect(stage.toldBriefly()).toEqual(['event new ', 'query probe'])
  })

  test('of ours carries the clock, which then moves', () => {
    const stage = new TestStage()
    stage.serf.userEvent('one', Buffer.alloc(0), true)
    stage.serf.userEvent('two', Buffer.from('x'), false)
    expect(stage.told()).toMatchObject([
      { name: 'one', lTime: 1, coalesce: true },
      { name: 'two', lTime: 2, coalesce: false },
    ])
    expect(stage.serf.clocks().eventLTime).toBe(3)
  })

  test('of ours is refused, with serf’s words, beyond 512 bytes', () => {
    const { serf } = new TestStage()
    expect(() => serf.userEvent('name', Buffer.alloc(509), false)).toThrow(
      'user event exceeds configured limit of 512 bytes before encoding',
    )
    expect(() => serf.userEvent('name', Buffer.alloc(508), false)).toThrow(
      'encoded user event exceeds configured limit of 512 bytes after encoding',
    )
    expect(serf.clocks().eventLTime).toBe(1)
    serf.userEvent('name', Buffer.alloc(470), false)
  })

  test('too long for any packet is delivered and not passed on', () => {
    const stage = new TestStage()
    stage.event(5, 'long', 'x'.repeat(2000))
    expect(stage.told()).toHaveLength(1)
    expect(stage.queued()).toEqual([])
  })

  test('in a flood at one time fills no memory', () => {
    const stage = new TestStage()
    for (let i = 0; i < 1000; i++) stage.event(5, `flood-${i}`)
    expect(stage.told()).toHaveLength(256)
    for (let i = 0; i < 100; i++) stage.event(6, `flood-${i}`, 'x'.repeat(1000))
    expect(stage.told().length).toBeLessThan(40)
    expect(stage.serf.localState().length).toBeLessThan(70_000)
  })

  test('from beyond all reason moves no clock', () => {
    const stage = new TestStage()
    stage.event(lTimeMax + 1, 'poison')
    expect(stage.serf.clocks().eventLTime).toBe(1)
    stage.event(lTimeMax, 'late')
    stage.serf.userEvent('later still', Buffer.alloc(0), false)
    expect(stage.toldBriefly()).toEqual(['event late ', 'event later still '])
  })
})

describe('a query (§9.6)', () => {
  test('is delivered once, told apart by time and number', () => {
    const stage = new TestStage()
    stage.hear(query())
    stage.hear(query())
    stage.hear(query({ id: 1 }))
    stage.hear(query({ lTime: 21 }))
    expect(stage.toldBriefly()).toEqual(['query probe', 'query probe', 'query probe'])
  })

  test('is passed on also when it is for others', () => {
    const stage = new TestStage()
    stage.hear(query({ filters: [isFor('b', 'c')] }))
    expect(stage.toldBriefly()).toEqual([])
    expect(stage.queued()).toHaveLength(1)
  })

  test('that asks not to be passed on is not', () => {
    const stage = new TestStage()
    stage.hear(query({ rebroadcast: false }))
    expect(stage.toldBriefly()).toEqual(['query probe'])
    expect(stage.queued()).toEqual([])
  })

  test('too old to be told apart is not heard', () => {
    const stage = new TestStage()
    stage.hear(query({ lTime: 1000 }))
    stage.hear(query({ lTime: 488 }))
    expect(stage.toldBriefly()).toEqual(['query probe'])
  })

  test.for([
    ['an empty filter', Buffer.alloc(0)],
    ['a filter of an unknown type', Buffer.from([7, 0xa1, 0x61])],
    ['a list that is cut short', Buffer.from([0, 0x92, 0xa1, 0x61])],
    [
      'a broken expression',
      Buffer.from([1, 0x82, 0xa4, ...Buffer.from('Expr'), 0xa1, 0x28, 0xa3, ...Buffer.from('Tag'), 0xa1, 0x78]),
    ],
  ] as const)('with %s is for nobody', ([, filter]) => {
    const stage = new TestStage()
    stage.hear(query({ filters: [filter], wantsAck: true }))
    expect(stage.toldBriefly()).toEqual([])
    expect(stage.sent()).toEqual([])
  })

  test('is confirmed at once when it asks for that, and answered once', () => {
    const stage = new TestStage()
    stage.hear(query({ wantsAck: true }))
    const ack = { type: 'response', lTime: 20, id: 4242, from: 'a', isAck: true, payload: Buffer.alloc(0) }
    expect(stage.sent()).toEqual([{ to: '10.1.1.98', message: ack }])
    const [output] = stage.told()
    if (output?.kind !== 'query') throw new Error('no query')
    stage.serf.respond(output.query, Buffer.from('yes'), stage.now)
    const answer = { ...ack, isAck: false, payload: Buffer.from('yes') }
    expect(stage.sent()).toEqual([{ to: '10.1.1.98', message: answer }])
  })

  test('is not sent by way of others where there are not more members than it wants', () => {
    const stage = new TestStage()
    stage.meet('b')
    stage.hear(query({ wantsAck: true, relayFactor: 3 }))
    expect(stage.sent()).toHaveLength(1)
    stage.meet('c')
    stage.meet('d')
    stage.hear(query({ id: 2, wantsAck: true, relayFactor: 2 }))
    const sent = stage.sent()
    expect(sent.map(({ message }) => message.type)).toEqual(['response', 'relay', 'relay'])
    expect(new Set(sent.map(({ to }) => to)).size).toBeGreaterThanOrEqual(2)
    expect(sent[1]!.message).toMatchObject({ to: endpointOf('b'), toName: 'b' })
  })

  test('is sent only by way of members that are alive and pass things on', () => {
    const stage = new TestStage()
    for (const name of ['b', 'c', 'd']) stage.meet(name)
    stage.meet('e', { vsn: { ...consulVersions, pMax: 4 } })
    stage.lose('d')
    stage.hear(query({ wantsAck: true, relayFactor: 4 }))
    const relays = stage.sent().filter(({ message }) => message.type === 'relay')
    expect(relays.map(({ to }) => to).sort()).toEqual(['b', 'c'].map((name) => endpointOf(name).address))
  })

  test('is not sent by way of others when the answer is as long as it may be', () => {
    const stage = new TestStage()
    for (const name of ['b', 'c', 'd']) stage.meet(name)
    stage.told()
    stage.hear(query({ relayFactor: 2 }))
    const [output] = stage.told()
    if (output?.kind !== 'query') throw new Error('no query')
    stage.serf.respond(output.query, Buffer.alloc(970), stage.now)
    expect(stage.sent().map(({ message }) => message.type)).toEqual(['response'])
  })

  test.for([
    [1, 3200],
    [9, 3200],
    [10, 6400],
    [100, 9600],
  ])('among %i members takes %i ms when nobody says otherwise (§6.14)', ([members, timeoutMs]) => {
    const stage = new TestStage()
    for (let i = 1; i < members!; i++) stage.meet(`${String.fromCharCode(i)}-${i}`)
    stage.serf.query('q', Buffer.alloc(0), {}, {}, stage.now)
    expect(stage.queued().find(({ type }) => type === 'query')).toMatchObject({ timeoutMs })
  })

  test('is never sent by way of this member itself', () => {
    const stage = new TestStage()
    for (const name of ['b', 'c', 'd']) stage.meet(name)
    stage.hear(query({ wantsAck: true, relayFactor: 3 }))
    const relays = stage.sent().filter(({ message }) => message.type === 'relay')
    expect(relays.map(({ to }) => to).sort()).toEqual(['b', 'c', 'd'].map((name) => endpointOf(name).address).sort())
  })

  test('without an address is for the application alone', () => {
    const stage = new TestStage()
    stage.hear(query({ origin: undefined, wantsAck: true }))
    expect(stage.sent()).toEqual([])
    expect(stage.toldBriefly()).toEqual(['query probe'])
  })

  test('of ours is matched by time and number, counts each member once, and closes', () => {
    const stage = new TestStage()
    for (const name of ['b', 'c', 'd']) stage.meet(name)
    const heard: string[] = []
    const listener = {
      answer: (from: string, payload: Buffer) => void heard.push(`${from} ${payload}`),
      ack: (from: string) => void heard.push(`ack ${from}`),
      done: () => void heard.push('done'),
    }
    const { lTime, id, expected } = stage.serf.query('q', Buffer.alloc(0), { wantsAck: true }, listener, stage.now)
    expect([lTime, expected, stage.serf.clocks().queryLTime]).toEqual([1, 4, 2])
    const answer = (from: string, changes = {}) =>
      stage.hear({ type: 'response', lTime, id, from, isAck: false, payload: Buffer.from('!'), ...changes })
    answer('b')
    answer('b')
    answer('c', { id: id + 1 })
    answer('c', { lTime: 7 })
    answer('c', { isAck: true })
    answer('c', { isAck: true })
    expect(heard).toEqual(['b !', 'ack c'])
    stage.advance(3200)
    answer('d')
    expect(heard).toEqual(['b !', 'ack c', 'ack a', 'done'])
  })

  test('of ours in a flood of made-up answerers fills no memory', () => {
    const stage = new TestStage()
    stage.meet('b')
    let answers = 0
    const listener = { answer: () => void answers++ }
    const { lTime, id } = stage.serf.query(
      'q',
      Buffer.alloc(0),
      { nodes: ['b', 'c'], wantsAck: true },
      listener,
      stage.now,
    )
    for (let i = 0; i < 5000; i++) {
      stage.hear({ type: 'response', lTime, id, from: `ghost-${i}`, isAck: false, payload: Buffer.alloc(0) })
    }
    expect(answers).toBeLessThanOrEqual(1024)
  })

  test('in a flood at one time is heard no more', () => {
    const stage = new TestStage()
    for (let id = 0; id < 3000; id++) stage.hear(query({ id }))
    expect(stage.told()).toHaveLength(1024)
  })
})

describe('a relayed message', () => {
  const relay = (message: Buffer) => ({ type: 'relay', to: endpointOf('b'), toName: 'b', message }) as const
  const response = { type: 'response', lTime: 1, id: 2, from: 'c', isAck: true, payload: Buffer.alloc(0) } as const

  test('is sent on to whom it is for', () => {
    const stage = new TestStage()
    stage.hear(relay(encodeMessage(response)))
    expect(stage.sent()).toEqual([{ to: '10.1.1.98', message: response }])
  })

  test('is sent on only when it is an answer', () => {
    const stage = new TestStage()
    stage.hear(relay(encodeMessage(query())))
    stage.hear(relay(encodeMessage(relay(encodeMessage(response)))))
    expect(stage.sent()).toEqual([])
  })
})

test('what cannot be read is dropped', () => {
  const stage = new TestStage()
  for (const bytes of ['', '00', '0383a2', '04c1', 'ff', '0280', '0680', '09']) {
    stage.serf.userMessage(Buffer.from(bytes, 'hex'), stage.now)
  }
  expect(stage.told().filter(({ kind }) => kind !== 'member')).toEqual([])
  expect(stage.serf.clocks()).toEqual({ lTime: 1, eventLTime: 1, queryLTime: 1 })
})

describe('a query about a name that two claim (§9.8)', () => {
  const asked = (name: string) => {
    const stage = new TestStage()
    stage.meet('b', { tags: { role: 'x' } })
    stage.hear(query({ name: '_serf_conflict', payload: Buffer.from(name) }))
    return stage.sent().map(({ message }) => (message.type === 'response' ? message.payload : undefined))
  }

  test('is answered with what is known of it', () => {
    const [answer] = asked('b')
    expect(decodeRecord(serfType.conflictResponse, ConflictResponseRecord, answer!)).toMatchObject({
      Name: 'b',
      Addr: Buffer.from([10, 1, 1, 98]),
      Port: 8301,
      Status: 1,
      Tags: { role: 'x' },
      ProtocolMax: 5,
      DelegateCur: 4,
    })
  })

  test('is answered with nil where the name is unknown', () => {
    expect(asked('nobody').map(String)).toEqual([String(Buffer.from('06c0', 'hex'))])
  })

  test('is not answered by whose name it is', () => {
    expect(asked('a')).toEqual([])
  })
})

test('a conflict about the own name is asked about once at a time', () => {
  const stage = new TestStage({ resolvesConflicts: true })
  const meet = () => {
    const vsn = consulVersions
    const other = {
      type: 'alive',
      node: 'a',
      incarnation: 9,
      address: '10.9.9.9',
      port: 1,
      meta: Buffer.alloc(0),
      vsn,
    } as const
    const existing = { ...other, name: 'a', address: '10.0.0.1', port: 8301, state: 'alive', changedAtMs: 0 } as const
    stage.serf.conflict(existing, other, stage.now)
  }
  meet()
  meet()
  expect(stage.serf.clocks().queryLTime).toBe(2)
  stage.advance(3200)
  expect(stage.toldBriefly()).toEqual(['nameLost'])
  meet()
  expect(stage.serf.clocks().queryLTime).toBe(3)
})

describe('a vote about a name (§9.8)', () => {
  const own = { address: '10.0.0.1', port: 8301 }
  const member = {
    name: 'a',
    tags: {},
    status: 1,
    protocol: { min: 1, max: 5, current: 2 },
    delegate: { min: 2, max: 5, current: 4 },
  } as const
  const mine = encodeConflictAnswer({ ...member, ...own })
  const elsewhere = encodeConflictAnswer({ ...member, ...own, address: '10.0.0.2' })
  const otherPort = encodeConflictAnswer({ ...member, ...own, port: 8302 })
  const unknown = encodeConflictAnswer(undefined)

  test.for([
    ['nobody answers', [], false],
    ['the only one means it', [mine], true],
    ['one of two means it', [mine, elsewhere], false],
    ['two of three mean it', [mine, mine, otherPort], true],
    ['one of three means it', [mine, otherPort, unknown], false],
    ['answers cannot be read', [mine, Buffer.from([6, 0xc1]), Buffer.from([7])], true],
  ] as const)('when %s', ([, answers, isWon]) => {
    const vote = new ConflictVote(own)
    for (const answer of answers) vote.add(answer)
    expect(vote.isWon).toBe(isWon)
  })
})

test('packets take intents first, then queries, then events, as far as there is room', () => {
  const stage = new TestStage()
  stage.event(1, 'e')
  stage.hear(query())
  stage.join('b', 1)
  const messages = stage.serf.broadcasts(3, 1000)
  expect(messages.map((bytes) => bytes[0])).toEqual([1, 4, 3])
  const [join, probe, event] = messages as [Buffer, Buffer, Buffer]
  expect(stage.serf.broadcasts(3, join.length + probe.length + 6).map((bytes) => bytes[0])).toEqual([1, 4])
  expect(stage.serf.broadcasts(3, join.length + probe.length + event.length + 8)).toHaveLength(2)
})
