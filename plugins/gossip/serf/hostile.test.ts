import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberStatus } from '../contract.ts'
import { Keyring } from '../encryption/keyring.ts'
import { encodeFilters } from './filters.ts'
import { internalQuery } from './internal-names.ts'
import { encodeKeyRequest } from './key-answers.ts'
import { lTimeMax } from './lamport.ts'
import type { SerfMessage } from './messages.ts'
import { endpointOf, TestStage } from './stage.fixture.ts'
import { encodeMessage } from './wire.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd', '', 'x'.repeat(300), '__proto__')
const lTime = fc.oneof(fc.nat(30), fc.nat(2000), fc.constantFrom(lTimeMax - 1, lTimeMax, lTimeMax + 1))
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(encodeKeyRequest(Buffer.alloc(32, 7)), encodeKeyRequest(Buffer.alloc(5)), Buffer.from('b')),
  fc.constant(Buffer.alloc(3000)),
)
const origin = fc.constantFrom(endpointOf('b'), undefined)
const message: fc.Arbitrary<SerfMessage> = fc.oneof(
  fc.record({ type: fc.constant('leave'), lTime, node: name, prune: fc.boolean() }),
  fc.record({ type: fc.constant('join'), lTime, node: name }),
  fc.record({ type: fc.constant('userEvent'), lTime, name, payload, coalesce: fc.boolean() }),
  fc.record({
    type: fc.constant('query'),
    lTime,
    id: fc.nat(3),
    origin,
    originName: name,
    filters: fc.constantFrom([], encodeFilters({ nodes: ['a'] }), encodeFilters({ tags: { role: '(' } }), [
      Buffer.alloc(0),
    ]),
    wantsAck: fc.boolean(),
    rebroadcast: fc.boolean(),
    relayFactor: fc.constantFrom(0, 1, 255, 1e6),
    timeoutMs: fc.constantFrom(-1e9, 0, 5000, 1e9),
    name: fc.oneof(name, fc.constantFrom(...Object.values(internalQuery), '_serf_none')),
    payload,
  }),
  fc.record({
    type: fc.constant('response'),
    lTime: fc.nat(6),
    id: fc.nat(3),
    from: name,
    isAck: fc.boolean(),
    payload,
  }),
)
const relayed: fc.Arbitrary<SerfMessage> = message.map((inner) => ({
  type: 'relay',
  to: endpointOf('c'),
  toName: 'c',
  message: encodeMessage(inner),
}))

type Step = (stage: TestStage) => void
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.oneof(message, relayed).map(
      (heard): Step =>
        (stage) =>
          void stage.hear(heard),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(message, fc.nat(), fc.nat(255)).map(
      ([heard, at, value]): Step =>
        (stage) => {
          const bytes = encodeMessage(heard)
          bytes[at % bytes.length] = value
          stage.serf.userMessage(bytes, stage.now)
        },
    ),
  },
  fc.tuple(name, fc.integer({ min: 1, max: 4 })).map(
    ([who, incarnation]): Step =>
      (stage) =>
        stage.meet(who, { incarnation, tags: { rc_tm: '1h' } }),
  ),
  fc.tuple(name, fc.integer({ min: 1, max: 4 })).map(
    ([who, incarnation]): Step =>
      (stage) =>
        stage.lose(who, incarnation),
  ),
  fc.constantFrom(1, 1000, 60_000, 3_600_000).map(
    (ms): Step =>
      (stage) =>
        stage.advance(ms),
  ),
  fc
    .record({
      lTime,
      eventLTime: lTime,
      queryLTime: lTime,
      who: name,
      at: lTime,
      left: fc.boolean(),
      join: fc.boolean(),
    })
    .map(
      ({ who, at, left, join, ...clocks }): Step =>
        (stage) =>
          stage.merge({ ...clocks, statusLTimes: new Map([[who, at]]), leftMembers: left ? [who] : [] }, join),
    ),
  fc.constantFrom<Step[]>(
    (stage) => stage.serf.forceLeave('b', true, stage.now),
    (stage) => stage.serf.userEvent('ours', Buffer.alloc(3), true),
    (stage) => void stage.serf.query('ours', Buffer.alloc(3), { relayFactor: 3, tags: { role: '(' } }, {}, stage.now),
    (stage) => stage.serf.requestKeys({ operation: 'list' }, () => {}, stage.now),
    (stage) => void stage.serf.mergeState(stage.serf.localState(), true, stage.now),
    (stage) => void stage.serf.broadcasts(3, 1400),
    (stage) => stage.serf.leave(stage.now),
  ),
)

test('whatever others say and whatever happens, members are in one state each and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stage = new TestStage({}, undefined, new Keyring([Buffer.alloc(32, 1)]))
      for (const take of steps) {
        take(stage)
        stage.flush()
        const members = stage.serf.members()
        const { failed, left } = stage.serf.stats()
        expect(Number(failed)).toBe(members.filter(({ status }) => status === memberStatus.failed).length)
        expect(Number(left)).toBe(members.filter(({ status }) => status === memberStatus.left).length)
        expect(new Set(members.map((member) => member.name)).size).toBe(members.length)
      }
      expect(stage.serf.localState().length).toBeLessThan(2_000_000)
    }),
    { numRuns: 400 },
  )
})
