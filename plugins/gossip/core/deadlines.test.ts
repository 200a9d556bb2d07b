import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'

test('deadlines run in the order of their times, and of their making at the same time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (times) => {
      const deadlines = new Deadlines()
      const ran: [number, number][] = []
      times.forEach((atMs, order) => {
        deadlines.add(atMs, () => ran.push([atMs, order]))
      })
      deadlines.runDue(20)
      const expected = times.map((atMs, order): [number, number] => [atMs, order])
      expect(ran).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j))
      expect(deadlines.nextAtMs()).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})

test('a cancelled deadline neither runs nor wakes anybody', () => {
  const deadlines = new Deadlines()
  const early = deadlines.add(10, () => expect.unreachable())
  deadlines.add(20, () => {})
  early.cancelled = true
  expect(deadlines.nextAtMs()).toBe(20)
  deadlines.runDue(15)
})

test('only what fell due runs', () => {
  const deadlines = new Deadlines()
  let ran = 0
  deadlines.add(10, () => ran++)
  deadlines.add(11, () => ran++)
  deadlines.runDue(10)
  expect(ran).toBe(1)
  expect(deadlines.nextAtMs()).toBe(11)
})
