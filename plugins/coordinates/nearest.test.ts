import { describe, expect, test } from 'vitest'
import type { SerfCoordinate } from '../../src/wire/structs/coordinate.ts'
import { distanceBetween, isValid, originCoordinate, roundTripSeconds } from './nearest.ts'

const self = coordinate([0.01, -0.002, 0, 0, 0, 0, 0, 0], { Error: 0.5, Adjustment: 0.0003, Height: 0.0005 })
const other = coordinate([-0.004, 0, 0.003, 0, 0, 0, 0, 0], { Error: 0.8, Adjustment: -0.0001, Height: 0.0002 })

function coordinate(Vec: number[], rest: Partial<SerfCoordinate> = {}): SerfCoordinate {
  return { ...originCoordinate, Vec, ...rest }
}

describe('the round trip between two coordinates', () => {
  test('is that of the worked example in whole nanoseconds', () => {
    expect(roundTripSeconds(self, other)).toBe(0.015356832)
    expect(roundTripSeconds(other, self)).toBe(0.015356832)
  })

  test('ignores adjustments that would leave nothing of it', () => {
    const near = coordinate([0.001, 0, 0, 0, 0, 0, 0, 0], { Adjustment: -1 })
    expect(roundTripSeconds(near, originCoordinate)).toBe(0.00102)
  })

  test('is not known between spaces of different dimensions', () => {
    expect(roundTripSeconds(self, coordinate([1, 2]))).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the distance between two nodes', () => {
  const far = coordinate([1, 0, 0, 0, 0, 0, 0, 0])

  test('is measured in the one segment that a client is in', () => {
    const server = new Map([
      ['', originCoordinate],
      ['alpha', far],
    ])
    const client = new Map([['alpha', far]])
    expect(distanceBetween(client, server)).toBe(0.00002)
    expect(distanceBetween(server, client)).toBe(0.00002)
  })

  test('is infinite when they share no segment, or nothing is known', () => {
    const one = new Map([['alpha', far]])
    expect(distanceBetween(one, new Map([['beta', far]]))).toBe(Number.POSITIVE_INFINITY)
    expect(distanceBetween(one, new Map())).toBe(Number.POSITIVE_INFINITY)
  })
})

test('a coordinate with a part that is no finite number is not valid', () => {
  expect(isValid(self)).toBe(true)
  expect(isValid({ ...self, Vec: [Number.NaN, 0, 0, 0, 0, 0, 0, 0] })).toBe(false)
  expect(isValid({ ...self, Height: Number.POSITIVE_INFINITY })).toBe(false)
})
