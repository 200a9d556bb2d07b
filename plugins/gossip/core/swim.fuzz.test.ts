import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SwimMessage, SwimState } from './messages.ts'
import { endpointOf, Rehearsal } from './rehearsal.ts'
import { consulVersions } from './versions.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', '')
const incarnation = fc.oneof(fc.nat(6), fc.constant(0xffffffff))
const seqNo = fc.nat(12)
const payload = fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes))
const port = fc.constantFrom(0, 7946, 9999)
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '::1')
const endpoint = fc.record({ address, port })
const source = fc.option(fc.record({ address, port, node: name }), { nil: undefined })
const vsn = fc.oneof(
  { weight: 5, arbitrary: fc.constant(consulVersions) },
  {
    weight: 1,
    arbitrary: fc.record({
      pMin: fc.nat(6),
      pMax: fc.nat(6),
      pCur: fc.nat(6),
      dMin: fc.nat(6),
      dMax: fc.nat(6),
      dCur: fc.nat(6),
    }),
  },
)

const message: fc.Arbitrary<SwimMessage> = fc.oneof(
  fc.record({ type: fc.constant('ping' as const), seqNo, node: name, source }),
  fc.record({
    type: fc.constant('indirectPing' as const),
    seqNo,
    node: name,
    target: endpoint,
    nack: fc.boolean(),
    source,
  }),
  fc.record({ type: fc.constant('ack' as const), seqNo, payload }),
  fc.record({ type: fc.constant('nack' as const), seqNo }),
  fc.record({ type: fc.constantFrom('suspect' as const, 'dead' as const), incarnation, node: name, from: name }),
  fc.record({ type: fc.constant('alive' as const), incarnation, node: name, address, port, meta: payload, vsn }),
  fc.record({ type: fc.constant('user' as const), payload }),
)

const state = fc.constantFrom<SwimState>('alive', 'suspect', 'dead', 'left')
const view = fc.record({
  join: fc.boolean(),
  nodes: fc.array(fc.record({ name, address, port, meta: payload, vsn, incarnation, state }), { maxLength: 4 }),
  userState: payload,
})

const step = fc.oneof(
  { weight: 8, arbitrary: message },
  { weight: 1, arbitrary: view },
  { weight: 4, arbitrary: fc.nat(5000) },
)

test('whatever is heard, in whatever order, a member stays sound', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rehearsal = new Rehearsal()
      const { swim } = rehearsal
      let own = 1
      for (const one of steps) {
        if (typeof one === 'number') rehearsal.advanceTo(rehearsal.now + one)
        else if ('nodes' in one) swim.mergeRemote(one, one.join, rehearsal.now)
        else rehearsal.hear(one)

        const self = swim.self()
        expect(self).toMatchObject({ state: 'alive', ...endpointOf('a') })
        expect(self.incarnation).toBeGreaterThanOrEqual(own)
        own = self.incarnation
        const states = [...swim.nodes()]
        expect(new Set(states.map((known) => known.name)).size).toBe(swim.size)
        expect(states.filter((known) => known.state === 'alive' || known.state === 'suspect')).toHaveLength(
          swim.livingCount,
        )
        expect(swim.healthScore).toBeLessThan(8)
        expect(swim.nextTickAt()).not.toBeNaN()
        for (const effect of rehearsal.effects()) {
          if (effect.kind !== 'packet' || effect.parts.length === 1) continue
          expect(effect.parts.reduce((sum, { length }) => sum + length + 2, 2)).toBeLessThanOrEqual(1400)
        }
      }
    }),
    { numRuns: 300 },
  )
})
