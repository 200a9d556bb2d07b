import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { type Coordinate, distance, isUsable, origin } from './coordinate.ts'
import { Vivaldi } from './vivaldi.ts'

const at = (x: number, y: number, z: number, rest: Omit<Coordinate, 'vec'>): Coordinate => ({
  vec: [x, y, z, 0, 0, 0, 0, 0],
  ...rest,
})

describe('the worked example of protocol/gossip.md §10.3', () => {
  const own = at(0.01, -0.002, 0, { error: 0.5, adjustment: 0.0003, height: 0.0005 })
  const other = at(-0.004, 0, 0.003, { error: 0.8, adjustment: -0.0001, height: 0.0002 })

  test('the distance is 15.356832 ms, in whole nanoseconds', () => {
    expect(distance(own, other)).toBe(0.015356832)
  })

  test('three samples give the coordinates of the other implementation', () => {
    const vivaldi = new Vivaldi(seededRandom(1), own)
    const steps = [25, 20, 40].map((rttMs) => {
      expect(vivaldi.update('other', other, rttMs)).toBe(true)
      return vivaldi.coordinate
    })
    const expected = [
      [0.48901218461538465, 0.010897921370859709, 0.00022177609091166752, 0.0005448960628927062],
      [0.47582518098349735, 0.011701494996247466, 0.0004218028050602475, 0.0005850747376170463],
      [0.46010007882623294, 0.012394866607866432, 0.000603062846105964, 0.0006197433108991679],
    ]
    for (const [i, { error, vec, adjustment, height }] of steps.entries()) {
      const [wantedError, wantedX, wantedAdjustment, wantedHeight] = expected[i]!
      expect(error).toBeCloseTo(wantedError!, 15)
      expect(vec[0]).toBeCloseTo(wantedX!, 15)
      expect(adjustment).toBeCloseTo(wantedAdjustment!, 15)
      expect(height).toBeCloseTo(wantedHeight!, 15)
    }
  })
})

test.for([
  ['another number of dimensions', { ...origin, vec: [0, 0, 0] }, 10],
  ['a component that is not finite', { ...origin, vec: [Number.NaN, 0, 0, 0, 0, 0, 0, 0] }, 10],
  ['an infinite height', { ...origin, height: Number.POSITIVE_INFINITY }, 10],
  ['a negative height', { ...origin, height: -1 }, 10],
  ['a negative error', { ...origin, error: -1 }, 10],
  ['a negative round trip', origin, -1],
  ['a round trip of more than ten seconds', origin, 10_001],
  ['a round trip that is no number', origin, Number.NaN],
] as const)('a sample with %s changes nothing', ([, other, rttMs]) => {
  const vivaldi = new Vivaldi(seededRandom(1))
  expect(vivaldi.update('other', other, rttMs)).toBe(false)
  expect(vivaldi.coordinate).toBe(origin)
})

test('members on the same spot part in a random direction', () => {
  const vivaldi = new Vivaldi(seededRandom(7))
  vivaldi.update('other', origin, 20)
  expect(vivaldi.coordinate.vec.filter((value) => value !== 0)).toHaveLength(8)
  expect(vivaldi.coordinate.height).toBe(origin.height)
})

test('one late answer among prompt ones is passed over', () => {
  const other = at(0.01, 0, 0, { error: 0.5, adjustment: 0, height: 1e-5 })
  const calm = new Vivaldi(seededRandom(3))
  const startled = new Vivaldi(seededRandom(3))
  for (const rttMs of [10, 10, 10, 10]) calm.update('other', other, rttMs)
  for (const rttMs of [10, 10, 9000, 10]) startled.update('other', other, rttMs)
  expect(startled.coordinate).toEqual(calm.coordinate)
})

test('of one member the median of three samples counts', () => {
  const other = at(0.01, 0, 0, { error: 0.5, adjustment: 0, height: 1e-5 })
  const filtered = new Vivaldi(seededRandom(3))
  const direct = new Vivaldi(seededRandom(3))
  for (const rttMs of [50, 50, 10, 10]) filtered.update('other', other, rttMs)
  for (const [i, rttMs] of [50, 50, 50, 10].entries()) direct.update(`other-${i}`, other, rttMs)
  expect(filtered.coordinate).toEqual(direct.coordinate)
})

test('a coordinate that is no longer finite starts anew', () => {
  const vivaldi = new Vivaldi(seededRandom(5), { ...origin, height: 1e308 })
  const far = { ...origin, vec: [1e308, 1e308, 0, 0, 0, 0, 0, 0], height: 1e308 }
  expect(vivaldi.update('far', far, 10)).toBe(true)
  expect(vivaldi.coordinate).toEqual(origin)
  expect(vivaldi.resets).toBe(1)
})

test('three members learn their distances', () => {
  const rttMs: Record<string, number> = { ab: 20, ac: 30, bc: 40 }
  const pool = { a: new Vivaldi(seededRandom(1)), b: new Vivaldi(seededRandom(2)), c: new Vivaldi(seededRandom(3)) }
  const names = ['a', 'b', 'c'] as const
  for (let round = 0; round < 500; round++) {
    for (const from of names) {
      for (const to of names) {
        if (from !== to) pool[from].update(to, pool[to].coordinate, rttMs[[from, to].sort().join('')]!)
      }
    }
  }
  expect(distance(pool.a.coordinate, pool.b.coordinate) * 1000).toBeCloseTo(20, 0)
  expect(distance(pool.a.coordinate, pool.c.coordinate) * 1000).toBeCloseTo(30, 0)
  expect(distance(pool.b.coordinate, pool.c.coordinate) * 1000).toBeCloseTo(40, 0)
})

test('whatever the others claim, the own coordinate stays usable', () => {
  const coordinate = fc.record({
    vec: fc.array(fc.double(), { minLength: 7, maxLength: 8 }),
    error: fc.double(),
    adjustment: fc.double(),
    height: fc.double(),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(coordinate, fc.double({ min: -1, max: 11_000 }))), (samples) => {
      const vivaldi = new Vivaldi(seededRandom(9))
      for (const [other, rttMs] of samples) vivaldi.update('other', other, rttMs)
      expect(isUsable(vivaldi.coordinate)).toBe(true)
    }),
  )
})
