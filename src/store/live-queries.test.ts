import { describe, expect, test } from 'vitest'
import type { LiveQueriesOptions } from './live-queries.ts'
import { pairs, question } from './naive.fixture.ts'
import { Store } from './store.ts'
import type { Waiter } from './waiters.ts'

function put(store: Store, index: number, Key: string, Value = ''): void {
  store.transact(index, (tx) => {
    tx.table(pairs).put({ Key, Value, Tags: [], Owner: '' })
    tx.setTableIndex('pairs')
  })
}

function storeWith(queries: LiveQueriesOptions): Store {
  const store = new Store([pairs], { queries: { schedule: () => {}, ...queries } })
  put(store, 5, 'a', 'x')
  return store
}

const get = (key: string) => question(`get ${key}`, (view) => view.table(pairs).get(key))

const waiter = (answered: () => void = () => {}): Waiter<unknown> => ({
  answered,
  failed(error) {
    throw error
  },
})

describe('a change', () => {
  test('costs one evaluation and one encoding, however many wait and however many commits made it', () => {
    const store = storeWith({})
    let woken = 0
    const count = () => woken++
    for (let at = 0; at < 5000; at++) {
      store.queries.ask(get('a')).hold(5, waiter(count))
    }
    const before = store.queries.statistics()
    expect(before).toMatchObject({ evaluations: 1, encodings: 1, readers: 5000 })
    for (let index = 6; index < 16; index++) put(store, index, 'a', `at ${index}`)
    expect(store.queries.statistics()).toMatchObject({ evaluations: 1, encodings: 1 })
    store.queries.flush()
    expect(woken).toBe(5000)
    expect(store.queries.statistics()).toMatchObject({ evaluations: 2, encodings: 2, wakes: 5000, readers: 0 })
  })

  test('is not evaluated while nobody asks', () => {
    const store = storeWith({})
    store.queries.ask(get('a')).current()
    for (let index = 6; index < 16; index++) put(store, index, 'a')
    store.queries.flush()
    expect(store.queries.statistics().evaluations).toBe(1)
  })

  test('of one key does not concern ten thousand readers of others', () => {
    const store = storeWith({})
    for (let at = 0; at < 10_000; at++) {
      store.queries.ask(get(`k${at}`)).hold(5, waiter())
    }
    put(store, 6, 'k1')
    store.queries.flush()
    expect(store.queries.statistics()).toMatchObject({ evaluations: 10_001, wakes: 1, readers: 9_999 })
  })
})

describe('a flush', () => {
  test('comes by itself after the commits of a turn', async () => {
    const store = new Store([pairs])
    const waiting = store.queries.ask(get('a')).wait(0)
    put(store, 6, 'a')
    put(store, 7, 'a')
    expect((await waiting).index).toBe(7)
    expect(store.queries.statistics()).toMatchObject({ evaluations: 2, wakes: 1 })
  })

  test('is scheduled once for many commits', () => {
    const scheduled: (() => void)[] = []
    const store = storeWith({ schedule: (flush) => scheduled.push(flush) })
    let woken = 0
    const count = () => woken++
    for (const index of [6, 8]) {
      store.queries.ask(get('a')).hold(store.index, waiter(count))
      put(store, index, 'a')
      put(store, index + 1, 'a')
      scheduled.at(-1)!()
    }
    expect(scheduled).toHaveLength(2)
    expect(woken).toBe(2)
  })

  test('lets a woken reader see the new state, write, wait again and be woken again', () => {
    const store = storeWith({})
    const seen: unknown[] = []
    const query = store.queries.ask(get('a'))
    const again = waiter(() => {
      seen.push(store.queries.ask(get('b')).current().index)
      if (store.index >= 9) return
      query.hold(store.index, again)
      put(store, store.index + 1, 'a')
    })
    store.queries.ask(get('b')).current()
    query.hold(5, again)
    put(store, 6, 'b')
    put(store, 7, 'a')
    store.queries.flush()
    expect(seen).toEqual([6, 6, 6])
  })

  test('reaches every reader although one throws', () => {
    const store = storeWith({})
    const query = store.queries.ask(get('a'))
    let woken = 0
    const count = () => woken++
    const bad = (message: string) =>
      waiter(() => {
        throw new Error(message)
      })
    query.hold(5, bad('this one is broken'))
    query.hold(5, waiter(count))
    put(store, 6, 'a')
    expect(() => store.queries.flush()).toThrow('this one is broken')
    expect(woken).toBe(1)
    query.hold(6, bad('one'))
    query.hold(6, bad('two'))
    put(store, 7, 'a')
    expect(() => store.queries.flush()).toThrow(AggregateError)
    store.queries.flush()
  })
})

describe('queries that nobody waits for', () => {
  test('are forgotten when there are too many, the one used longest ago first', () => {
    const store = storeWith({ maxEntries: 10 })
    for (let at = 0; at < 10; at++) store.queries.ask(get(`k${at}`)).current()
    store.queries.ask(get('k0')).current()
    store.queries.ask(get('k10')).current()
    expect(store.queries.statistics()).toMatchObject({ entries: 9, evictions: 2, evaluations: 11 })
    store.queries.ask(get('k0')).current()
    expect(store.queries.statistics().evaluations).toBe(11)
    store.queries.ask(get('k1')).current()
    expect(store.queries.statistics().evaluations).toBe(12)
  })

  test('are forgotten when they weigh too much, encodings of every form included', () => {
    const store = storeWith({ maxBytes: 100_000 })
    for (let at = 0; at < 3; at++) {
      const answer = store.queries.ask(get(`k${at}`)).current()
      answer.form('packet', () => [Buffer.alloc(20_000), 'x'.repeat(20_000)])
      expect(store.queries.statistics().entries).toBe(Math.min(at + 1, 2))
    }
    const { bytes, entries } = store.queries.statistics()
    expect(bytes).toBeGreaterThan(entries * 40_000)
    expect(bytes).toBeLessThan(90_000)
  })

  test('leave the ones with readers alone, which go on being told', () => {
    const store = storeWith({ maxEntries: 4 })
    let woken = 0
    const count = () => woken++
    for (let at = 0; at < 20; at++) {
      store.queries.ask(get(`k${at}`)).hold(5, waiter(count))
    }
    for (let at = 20; at < 40; at++) store.queries.ask(get(`k${at}`)).current()
    expect(store.queries.statistics().entries).toBeLessThan(24)
    for (let at = 0; at < 20; at++) put(store, 6 + at, `k${at}`)
    store.queries.flush()
    expect(woken).toBe(20)
  })

  test('weigh nothing once they are gone', () => {
    const store = storeWith({ maxEntries: 1 })
    for (let at = 0; at < 50; at++) void store.queries.ask(get(`k${at}`)).current().bytes
    expect(store.queries.statistics()).toMatchObject({ entries: 1, evictions: 49 })
    expect(store.queries.statistics().bytes).toBeLessThan(2500)
  })

  test('can be used on by who still has one', () => {
    const store = storeWith({ maxEntries: 1 })
    const held = store.queries.ask(get('a'))
    const answer = held.current()
    store.queries.ask(get('b')).current()
    void answer.bytes
    let woken = 0
    const count = () => woken++
    held.hold(5, waiter(count))
    put(store, 6, 'a')
    store.queries.flush()
    expect(woken).toBe(1)
    expect(store.queries.ask(get('a'))).toBe(held)
  })
})
