import { beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from './answer.ts'
import type { Question } from './live-query.ts'
import { type Pair, pairs, question } from './naive.fixture.ts'
import { Store } from './store.ts'
import type { View } from './view.ts'
import type { Waiter } from './waiters.ts'

let store: Store

beforeEach(() => {
  store = new Store([pairs], { queries: { schedule: () => {} } })
  put(5, 'a', 'x')
})

function put(index: number, Key: string, Value = '', Tags: string[] = []): void {
  store.transact(index, (tx) => {
    tx.table(pairs).put({ Key, Value, Tags, Owner: '' })
    tx.setTableIndex('pairs')
  })
}

const get = (key: string) => question(`get ${key}`, (view) => view.table(pairs).get(key))
const a = get('a')

class Listener implements Waiter<unknown> {
  readonly told: unknown[] = []
  answered(answer: Answer<unknown>): void {
    this.told.push(answer.index)
  }
  failed(error: unknown): void {
    this.told.push((error as Error).message)
  }
}

describe('an answer', () => {
  test('is evaluated and encoded once for all who ask', () => {
    const first = store.queries.ask(a).current()
    expect(store.queries.ask(get('a')).current()).toBe(first)
    expect(first.bytes).toBe(first.bytes)
    expect(store.queries.statistics()).toMatchObject({ evaluations: 1, encodings: 1, hits: 1, entries: 1 })
  })

  test('keeps alive no more memory than its bytes', () => {
    const { bytes } = store.queries.ask(a).current()
    expect(bytes.length).toBeGreaterThan(0)
    expect(bytes.buffer.byteLength).toBe(bytes.byteLength)
  })

  test('holds until what it read changes, misses included', () => {
    const missing = store.queries.ask(get('b'))
    expect(missing.current().value).toBeUndefined()
    put(6, 'c')
    expect(store.queries.statistics().evaluations).toBe(1)
    put(7, 'b')
    expect(missing.current().value).toMatchObject({ Key: 'b' })
    expect(store.queries.statistics().evaluations).toBe(2)
  })

  test('does not notice a transaction that is rolled back', () => {
    const query = store.queries.ask(a)
    const answer = query.current()
    const failing = (): void =>
      store.transact(6, (tx) => {
        tx.table(pairs).delete('a')
        tx.setTableIndex('pairs')
        throw new Error('never mind')
      })
    expect(failing).toThrow('never mind')
    expect(query.current()).toBe(answer)
    expect(answer.index).toBe(5)
    expect(store.queries.statistics().evaluations).toBe(1)
  })

  test('of a missing row reports the newest index of the table without being evaluated again', () => {
    const missing = store.queries.ask(get('b'))
    const answer = missing.current()
    expect(answer.index).toBe(5)
    put(9, 'c')
    expect(missing.current()).toBe(answer)
    expect(answer.index).toBe(9)
    expect(store.queries.statistics().evaluations).toBe(1)
  })

  test('keeps its identity and all its encodings when what it read changed and its bytes did not', () => {
    const names: Question<string[]> = {
      key: 'names',
      read: (view) =>
        view
          .table(pairs)
          .list()
          .map((row) => row.Key),
      index: (view) => view.tableIndex('pairs'),
      encode: (keys) => Buffer.from(keys.join()),
    }
    const before = store.queries.ask(names).current()
    const { bytes } = before
    const form = before.form('upper', (keys) => keys.join().toUpperCase())
    put(6, 'a', 'y')
    const after = store.queries.ask(names).current()
    expect(after).toBe(before)
    expect(after.bytes).toBe(bytes)
    expect(after.form('upper', () => 'made again')).toBe(form)
    expect(after.index).toBe(6)
    expect(store.queries.statistics()).toMatchObject({ evaluations: 2, spurious: 1 })
    put(7, 'b')
    expect(
      store.queries
        .ask(names)
        .current()
        .form('upper', (keys) => keys.join()),
    ).toBe('a,b')
  })

  test('whose bytes did not change gives the newest value', () => {
    const keyOnly: Question<Pair | undefined> = {
      key: 'key only',
      read: (view) => view.table(pairs).get('a'),
      index: (_, row) => row?.ModifyIndex ?? 0,
      encode: (row) => Buffer.from(row?.Key ?? ''),
    }
    const answer = store.queries.ask(keyOnly).current()
    void answer.bytes
    put(6, 'a', 'y')
    expect(store.queries.ask(keyOnly).current()).toBe(answer)
    put(7, 'b')
    expect(store.queries.ask(keyOnly).current()).toMatchObject({ index: 6, value: { Value: 'y' } })
  })

  test('is told from its successor by `same` when the question has it, without encoding', () => {
    const size: Question<number> = {
      key: 'size',
      read: (view) => view.table(pairs).count(),
      index: (view) => view.tableIndex('pairs'),
      encode: (count) => Buffer.from(String(count)),
      same: (one, other) => one === other,
    }
    const listener = new Listener()
    const query = store.queries.ask(size)
    query.hold(5, listener)
    put(6, 'a', 'y')
    store.queries.flush()
    expect(listener.told).toEqual([])
    put(7, 'b')
    store.queries.flush()
    expect(listener.told).toEqual([7])
    expect(store.queries.statistics()).toMatchObject({ encodings: 0, spurious: 1 })
  })

  test('watches whatever its evaluation came to read', () => {
    const pointer = question('pointer', (view) => {
      const table = view.table(pairs)
      return table.get(table.get('a')?.Value ?? '')
    })
    const query = store.queries.ask(pointer)
    query.current()
    put(6, 'a', 'y')
    expect(query.current().value).toBeUndefined()
    put(7, 'x')
    expect(store.queries.statistics().evaluations).toBe(2)
    query.current()
    expect(store.queries.statistics().evaluations).toBe(2)
    put(8, 'y')
    expect(query.current().value).toMatchObject({ Key: 'y' })
  })

  test('that read very many keys watches their whole table, and is still right', () => {
    const many = question('many', (view) => {
      for (let at = 0; at < 5000; at++) view.table(pairs).get(`k${at}`)
      return view.table(pairs).get('k4999')
    })
    const query = store.queries.ask(many)
    query.current()
    put(6, 'k10')
    query.current()
    put(7, 'k4999', 'here')
    expect(query.current().value).toMatchObject({ Value: 'here' })
    expect(store.queries.statistics().evaluations).toBe(3)
  })

  test('is not made from a view kept for later, nor from another live query', () => {
    let kept: View | undefined
    const query = store.queries.ask(
      question('keeps', (view) => {
        kept = view
        return view.table(pairs).get('a')
      }),
    )
    query.current()
    expect(() => kept!.table(pairs).get('a')).toThrow('read after its read function returned')
    const nested = question('nested', () => store.queries.ask(a).current().value)
    expect(() => store.queries.ask(nested).current()).toThrow('a live query was read inside another')
    expect(query.current().value).toMatchObject({ Key: 'a' })
  })
})

describe('a waiter', () => {
  test('is answered at once when its index lies behind the answer', () => {
    const answer = store.queries.ask(a).hold(4, new Listener())
    expect(answer!.index).toBe(5)
    expect(store.queries.ask(a).readers).toBe(0)
  })

  test('wakes when its own answer changed, and not when only the table moved on', () => {
    const [there, missing] = [new Listener(), new Listener()]
    store.queries.ask(a).hold(5, there)
    store.queries.ask(get('b')).hold(5, missing)
    put(6, 'c')
    store.queries.flush()
    expect([there.told, missing.told]).toEqual([[], []])
    put(7, 'b')
    store.queries.flush()
    expect([there.told, missing.told]).toEqual([[], [7]])
    put(8, 'b')
    store.queries.flush()
    expect(missing.told).toEqual([7])
  })

  test('with an index that the store has not reached sleeps until the answer passes it', () => {
    const listener = new Listener()
    store.queries.ask(a).hold(8, listener)
    for (const index of [6, 8, 9]) {
      put(index, 'a', `at ${index}`)
      store.queries.flush()
      expect(listener.told).toEqual(index === 9 ? [9] : [])
    }
  })

  test('wakes also when the answer changed without moving its index', () => {
    const flat: Question<unknown> = { ...a, key: 'flat', index: () => 5 }
    const listener = new Listener()
    store.queries.ask(flat).hold(5, listener)
    put(6, 'a', 'y')
    store.queries.flush()
    expect(listener.told).toEqual([5])
  })

  test('sleeps on when the answer is back where it was at the flush', () => {
    const counted: Question<unknown> = { ...a, key: 'value', encode: (row) => Buffer.from((row as Pair).Value) }
    const listener = new Listener()
    const query = store.queries.ask(counted)
    query.hold(5, listener)
    put(6, 'a', 'y')
    expect(query.current().bytes.toString()).toBe('y')
    put(7, 'a', 'x')
    store.queries.flush()
    expect(listener.told).toEqual([])
  })

  test('that came after a change, in the same turn, does not wake for it', () => {
    const [early, late] = [new Listener(), new Listener()]
    const query = store.queries.ask(a)
    query.hold(5, early)
    put(6, 'a', 'y')
    query.hold(6, late)
    store.queries.flush()
    expect([early.told, late.told]).toEqual([[6], []])
  })

  test('is called no more once released', () => {
    const listener = new Listener()
    const query = store.queries.ask(a)
    query.hold(5, listener)
    expect(() => query.hold(5, listener)).toThrow('already waits')
    query.release(listener)
    put(6, 'a', 'y')
    store.queries.flush()
    expect(listener.told).toEqual([])
    expect(store.queries.statistics()).toMatchObject({ readers: 0, evaluations: 1 })
  })

  test('is not called either when another that wakes with it releases it', () => {
    const second = new Listener()
    const query = store.queries.ask(a)
    const first = { answered: () => query.release(second), failed: () => {} }
    query.hold(5, first)
    query.hold(5, second)
    put(6, 'a', 'y')
    store.queries.flush()
    expect(second.told).toEqual([])
  })

  test('learns of an evaluation that threw, like everyone who asked, and nothing of it is kept', () => {
    const fragile = question('fragile', (view) => {
      const row = view.table(pairs).get('a')
      if (row?.Value === 'bad') throw new Error('bad row')
      return row
    })
    const [waiter, follower] = [new Listener(), new Listener()]
    const query = store.queries.ask(fragile)
    query.hold(5, waiter)
    query.follow(follower)
    put(6, 'a', 'bad')
    expect(() => query.current()).toThrow('bad row')
    expect(store.queries.statistics().entries).toBe(0)
    store.queries.flush()
    expect([waiter.told, follower.told]).toEqual([['bad row'], ['bad row']])
    expect(store.queries.statistics()).toMatchObject({ entries: 0, bytes: 0 })
    put(7, 'a', 'good')
    expect(query.current().index).toBe(7)
    expect(store.queries.ask(fragile)).toBe(query)
  })

  test('wakes with a replaced state, changed or not, and so does a follower', () => {
    const [same, gone, follower] = [new Listener(), new Listener(), new Listener()]
    put(6, 'b')
    store.queries.ask(a).hold(5, same)
    store.queries.ask(a).follow(follower)
    store.queries.ask(get('b')).hold(6, gone)
    const restored = store.blank()
    restored.transact(5, (tx) => tx.table(pairs).restore(store.latest.table(pairs).get('a')!))
    store.replaceWith(restored)
    store.queries.flush()
    expect([same.told, gone.told, follower.told]).toEqual([[5], [0], [5]])
  })
})

describe('a promise to wait', () => {
  test('settles with the answer', async () => {
    const query = store.queries.ask(a)
    expect((await query.wait(4)).index).toBe(5)
    const waiting = query.wait(5)
    put(6, 'a', 'y')
    store.queries.flush()
    expect((await waiting).bytes.toString()).toContain('"Value":"y"')
  })

  test('rejects with the reason of its signal, and leaves nothing behind', async () => {
    const query = store.queries.ask(a)
    const counting = new CountingController()
    const waiting = query.wait(5, counting.signal)
    expect([query.readers, counting.listeners]).toEqual([1, 1])
    counting.abort(new Error('client went away'))
    await expect(waiting).rejects.toThrow('client went away')
    expect([query.readers, counting.listeners]).toEqual([0, 0])
    await expect(query.wait(5, counting.signal)).rejects.toThrow('client went away')
    expect(query.readers).toBe(0)
  })

  test('that was kept forgets its signal', async () => {
    const counting = new CountingController()
    await store.queries.ask(a).wait(4, counting.signal)
    const waiting = store.queries.ask(a).wait(5, counting.signal)
    put(6, 'a', 'y')
    store.queries.flush()
    await waiting
    expect(counting.listeners).toBe(0)
  })

  test('rejects when the evaluation throws', async () => {
    const broken = question('broken', () => {
      throw new Error('never works')
    })
    await expect(store.queries.ask(broken).wait(0)).rejects.toThrow('never works')
  })
})

test('a follower is told of each flush that brought a change, until it stops', () => {
  const listener = new Listener()
  const stop = store.queries.ask(a).follow(listener)
  put(6, 'a', 'y')
  put(7, 'a', 'z')
  store.queries.flush()
  put(8, 'b')
  store.queries.flush()
  put(9, 'a', 'w')
  store.queries.flush()
  stop()
  put(10, 'a', 'v')
  store.queries.flush()
  expect(listener.told).toEqual([7, 9])
})

/** An AbortController that knows how many listen to its signal. */
class CountingController extends AbortController {
  listeners = 0

  constructor() {
    super()
    const { signal } = this
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners--
      remove(...args)
    }
  }
}
