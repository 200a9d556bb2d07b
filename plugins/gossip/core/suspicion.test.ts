import { describe, expect, test } from 'vitest'
import { lanConfig, wanConfig } from './config.ts'
import { Suspicion, suspicionMinMs } from './suspicion.ts'

test.for([
  [4, 4000, 30_000],
  [10, 4000, 30_000],
  [32, 6020, 45_150],
  [33, 6072, 45_540],
  [65, 7248, 54_360],
  [100, 8000, 60_000],
  [1000, 12_000, 90_000],
])('the shortest suspicion in a pool of %i is %i ms on a LAN and %i ms on a WAN', ([members, lanMs, wanMs]) => {
  expect(suspicionMinMs(lanConfig, members!)).toBe(lanMs)
  expect(suspicionMinMs(wanConfig, members!)).toBe(wanMs)
})

describe('a suspicion among four on a LAN', () => {
  test('lasts 24 s when nobody agrees, 11.38 s with one more accuser and 4 s with two', () => {
    const suspicion = new Suspicion(lanConfig, 4, 'a', 1000)
    expect(suspicion.deadlineAtMs()).toBe(25_000)
    expect(suspicion.confirm('b')).toBe(true)
    expect(suspicion.deadlineAtMs()).toBe(12_381)
    expect(suspicion.confirm('c')).toBe(true)
    expect(suspicion.deadlineAtMs()).toBe(5000)
  })

  test('is not confirmed by its first accuser, nor twice by the same one', () => {
    const suspicion = new Suspicion(lanConfig, 4, 'a', 0)
    expect(suspicion.confirm('a')).toBe(false)
    expect(suspicion.confirm('b')).toBe(true)
    expect(suspicion.confirm('b')).toBe(false)
    expect(suspicion.confirmations).toBe(1)
  })

  test('takes no more than two confirmations', () => {
    const suspicion = new Suspicion(lanConfig, 9, 'a', 0)
    expect(['b', 'c', 'd'].map((accuser) => suspicion.confirm(accuser))).toEqual([true, true, false])
  })
})

test('where too few others could confirm, the shortest time counts at once', () => {
  const suspicion = new Suspicion(lanConfig, 3, 'a', 0)
  expect(suspicion.deadlineAtMs()).toBe(4000)
  expect(suspicion.confirm('b')).toBe(false)
})
