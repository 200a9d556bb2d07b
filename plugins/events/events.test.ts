import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { Log } from '../../src/kernel/log.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { decodeEvent, encodeEvent } from './event-record.ts'
import { isFor } from './filters.ts'
import { hearNewLeader, tellNewLeader } from './new-leader.ts'
import { receive } from './receive.ts'
import { indexOf, RecentEvents } from './recent.ts'
import type { UserEvent } from './user-event.ts'

const plain: UserEvent = {
  ID: '6b719791-9a8b-88a3-fa13-7f807f91ffd0',
  Name: 'ping',
  Payload: null,
  NodeFilter: '',
  ServiceFilter: '',
  TagFilter: '',
  Version: 1,
  LTime: 3,
}

describe('the record of an event', () => {
  // The payloads of consul-event-fire-minimal and -full, as gossip between agents of Consul carried them.
  test.for([
    [plain, '83a24944d92436623731393739312d396138622d383861332d666131332d376638303766393166666430a16ea470696e67a17601'],
    [
      {
        ...plain,
        ID: 'bfc505ad-2567-ccff-af91-1ce472f281a8',
        Name: 'deploy',
        Payload: Buffer.from('payload-1'),
        NodeFilter: 'srv.*',
        ServiceFilter: 'web',
        TagFilter: 'v1',
      },
      '87a24944d92462666335303561642d323536372d636366662d616639312d316365343732663238316138a16ea66465706c6f79a26e66a57372762e2aa170c4097061796c6f61642d31a27366a3776562a27466a27631a17601',
    ],
  ] as const)('is byte for byte what Consul sends', ([event, hex]) => {
    expect(encodeEvent(event).toString('hex')).toBe(hex)
    expect(decodeEvent(Buffer.from(hex, 'hex'), 3)).toEqual(event)
  })

  test('comes back as it was, whatever is in it', () => {
    const event = fc.record({
      Name: fc.string({ unit: 'grapheme', maxLength: 400 }),
      NodeFilter: fc.string({ maxLength: 300 }),
      Payload: fc.option(fc.uint8Array({ minLength: 1, maxLength: 70_000 }).map((octets) => Buffer.from(octets))),
    })
    fc.assert(
      fc.property(event, (fields) => {
        const whole = { ...plain, ...fields }
        expect(decodeEvent(encodeEvent(whole), 3)).toEqual(whole)
      }),
    )
  })

  test('is refused, and nothing else, when it is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        try {
          decodeEvent(Buffer.from(octets), 0)
        } catch (error) {
          expect(error).toBeInstanceOf(ProconsulError)
        }
      }),
    )
  })
})

describe('an event is for an agent', () => {
  const receiver = {
    node: 'web-1',
    services: [
      { Service: 'web', Tags: ['v1', 'blue'] },
      { Service: 'db', Tags: null },
    ],
  }

  test.for<[string, Partial<UserEvent>, boolean]>([
    ['without filters', {}, true],
    ['when its node fits', { NodeFilter: '^web-' }, true],
    ['not when its node does not fit', { NodeFilter: '^db-' }, false],
    ['when one of its services fits', { ServiceFilter: 'd' }, true],
    ['not when none of its services fits', { ServiceFilter: '^api$' }, false],
    ['when a tag of a fitting service fits', { ServiceFilter: 'web', TagFilter: '^bl' }, true],
    ['not when only another service has that tag', { ServiceFilter: 'db', TagFilter: 'blue' }, false],
    ['only when node and service fit', { NodeFilter: 'nope', ServiceFilter: 'web' }, false],
  ])('%s', ([, filters, expected]) => {
    expect(isFor({ ...plain, ...filters }, receiver)).toBe(expected)
  })
})

describe('what gossip brings', () => {
  const lines: string[] = []
  const log = new Log({ level: 'debug', json: false, write: (line) => void lines.push(line), nowMs: () => 0 })
  const hear = (name: string, payload: Buffer) =>
    receive({ name, payload, lTime: 3 }, () => ({ node: 'n', services: [] }), log.logger('events'))

  test('is kept when it is an event for this agent', () => {
    expect(hear('consul:event:ping', encodeEvent(plain))).toEqual(plain)
  })

  test('is passed over when it is somebody else’s, for others, or asks to run commands', () => {
    expect(hear('consul:new-leader', Buffer.from('n'))).toBeUndefined()
    expect(hear('consul:event:ping', encodeEvent({ ...plain, NodeFilter: 'x' }))).toBeUndefined()
    expect(hear('consul:event:_rexec', encodeEvent({ ...plain, Name: '_rexec' }))).toBeUndefined()
  })

  test('is logged when it makes no sense', () => {
    lines.length = 0
    expect(hear('consul:event:ping', Buffer.from('garbage'))).toBeUndefined()
    expect(hear('consul:event:ping', encodeEvent({ ...plain, NodeFilter: '(' }))).toBeUndefined()
    expect(lines.map((line) => /Failed to read an event/.test(line))).toEqual([true, true])
  })
})

describe('the recent events', () => {
  const named = (Name: string, ID = plain.ID) => ({ ...plain, Name, ID })
  const otherId = '11111111-2222-3333-4444-555555555555'

  test('are the last 256, oldest first', () => {
    const recent = new RecentEvents(new VirtualClock())
    for (let at = 0; at < 300; at++) recent.add(named(`e${at}`))
    expect(recent.list().length).toBe(256)
    expect(recent.list()[0]!.Name).toBe('e44')
    expect(recent.list('e299').length).toBe(1)
  })

  test('have an index made from the id of the newest, 1 when there is none', () => {
    expect(indexOf([])).toBe(1n)
    expect(indexOf([named('a', otherId), named('b')])).toBe(0x6b7197919a8b88a3n ^ 0xfa137f807f91ffd0n)
    expect(indexOf([named('a', 'no uuid')])).toBe(1n)
  })

  test('wake a reader with an event of that name, and with no other', async () => {
    const recent = new RecentEvents(new VirtualClock())
    recent.add(named('w'))
    let woken = false
    const waiting = recent.changed('w', indexOf(recent.list('w')), 10_000, new AbortController().signal)
    void waiting.then(() => {
      woken = true
    })
    recent.add(named('other', otherId))
    await Promise.resolve()
    await Promise.resolve()
    expect(woken).toBe(false)
    recent.add(named('w', otherId))
    await waiting
    expect(recent.waiting).toBe(0)
  })

  test('answer at once a reader who saw something else', async () => {
    const recent = new RecentEvents(new VirtualClock())
    recent.add(named('w'))
    await recent.changed('w', 77n, 10_000, new AbortController().signal)
  })

  test('let a reader go when its time is over, or when it goes away', async () => {
    const clock = new VirtualClock()
    const recent = new RecentEvents(clock)
    const late = recent.changed(undefined, 1n, 5_000, new AbortController().signal)
    await clock.advance(5_000)
    await late
    const gone = new AbortController()
    const left = recent.changed(undefined, 1n, 5_000, gone.signal)
    gone.abort()
    await left
    expect({ waiting: recent.waiting, timers: clock.pending }).toEqual({ waiting: 0, timers: 0 })
  })
})

test('a new leader is told to all by its name, and logged by who hears of it', () => {
  const sent: unknown[] = []
  tellNewLeader({ userEvent: (...event: unknown[]) => void sent.push(event) } as never, 'server-1')
  expect(sent).toEqual([['consul:new-leader', Buffer.from('server-1'), false]])
  const lines: string[] = []
  const log = new Log({ level: 'info', json: false, write: (line) => void lines.push(line), nowMs: () => 0 })
  const [name, payload] = sent[0] as [string, Buffer]
  hearNewLeader({ name, payload, lTime: 1 }, log.logger('events'))
  hearNewLeader({ name: 'consul:event:x', payload, lTime: 2 }, log.logger('events'))
  expect(lines.map((line) => /New leader elected: payload=server-1/.test(line))).toEqual([true])
})
