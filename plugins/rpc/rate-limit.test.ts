import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { RateLimit } from './rate-limit.ts'

/** How many of `tries` calls in a row are let through. */
function passed(limit: RateLimit, tries: number): number {
  let count = 0
  for (let at = 0; at < tries; at++) {
    try {
      limit.take()
      count++
    } catch (error) {
      expect(error).toMatchObject({ status: 429, message: 'RPC rate limit exceeded' })
    }
  }
  return count
}

test('a burst may be spent at once, and comes back at the rate', () => {
  const clock = new VirtualClock()
  const limit = new RateLimit({ perSecond: 2, burst: 5 }, clock)
  expect(passed(limit, 10)).toBe(5)
  clock.advance(500)
  expect(passed(limit, 10)).toBe(1)
  clock.advance(499)
  expect(passed(limit, 10)).toBe(0)
  clock.advance(1)
  expect(passed(limit, 10)).toBe(1)
  clock.advance(3_600_000)
  expect(passed(limit, 10)).toBe(5)
})

test('without a limit everything goes', () => {
  expect(passed(new RateLimit({ perSecond: -1, burst: 0 }, new VirtualClock()), 10_000)).toBe(10_000)
})

test('a rate of 0 lets the burst through and nothing after it', () => {
  const clock = new VirtualClock()
  const limit = new RateLimit({ perSecond: 0, burst: 2 }, clock)
  expect(passed(limit, 5)).toBe(2)
  clock.advance(3_600_000)
  expect(passed(limit, 5)).toBe(0)
})

test('another rate begins with a full bucket', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 }, new VirtualClock())
  expect(passed(limit, 2)).toBe(1)
  limit.rate = { perSecond: 1, burst: 3 }
  expect(passed(limit, 5)).toBe(3)
})
