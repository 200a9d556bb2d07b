import { describe, expect, test } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { applyKvs, applyTombstone } from './commands.ts'
import { EntryQuestion, NamesQuestion, TreeQuestion } from './queries.ts'
import { kvs, tombstones } from './tables.ts'

function newStore(keys: Record<string, number> = {}) {
  const store = new Store([kvs, tombstones], { queries: { schedule: () => {} } })
  const write = (Op: 'set' | 'delete' | 'delete-tree', Key: string, index: number, value = `${index}`) =>
    store.transact(index, (tx) =>
      applyKvs(tx, {
        Datacenter: '',
        Op,
        Token: '',
        DirEnt: {
          LockIndex: 0,
          Key,
          Flags: 0,
          Value: Buffer.from(value),
          Session: '',
          CreateIndex: 0,
          ModifyIndex: 0,
        },
      }),
    )
  for (const [key, index] of Object.entries(keys)) write('set', key, index)
  return { store, write }
}

describe('a key', () => {
  test('is shown as Consul shows it, at its own index', () => {
    const { store } = newStore({ a: 3, b: 4 })
    const answer = store.queries.ask(new EntryQuestion('a')).current()
    expect(answer.index).toBe(3)
    expect(answer.bytes.toString()).toBe(
      '[{"LockIndex":0,"Key":"a","Flags":0,"Value":"Mw==","CreateIndex":3,"ModifyIndex":3}]',
    )
  })

  test('that is missing has the index of the whole store, deletes included', () => {
    const { store, write } = newStore({ a: 3 })
    const query = store.queries.ask(new EntryQuestion('x'))
    expect(query.current().index).toBe(3)
    write('set', 'b', 4)
    expect(query.current().index).toBe(4)
    write('delete', 'b', 5)
    expect(query.current().index).toBe(5)
    expect(store.queries.statistics().evaluations).toBe(1)
  })

  test('wakes its reader, and no other key does', async () => {
    const { store, write } = newStore({ a: 1, b: 2 })
    const query = store.queries.ask(new EntryQuestion('a'))
    const woken: number[] = []
    const end = query.follow({ answered: (answer) => woken.push(answer.index), failed: () => {} })
    write('set', 'b', 3)
    write('set', 'a', 4, '1')
    store.queries.flush()
    expect(woken).toEqual([])
    write('set', 'a', 5, 'new')
    store.queries.flush()
    write('delete', 'a', 6)
    store.queries.flush()
    expect(woken).toEqual([5, 6])
    end()
  })
})

describe('a tree', () => {
  test('is listed in bytewise order, at the index of its newest key', () => {
    const { store } = newStore({ 'a/2': 5, 'a/1': 7, ab: 9 })
    const answer = store.queries.ask(new TreeQuestion('a/')).current()
    expect(answer.value.items).toMatchObject([{ Key: 'a/1' }, { Key: 'a/2' }])
    expect(answer.index).toBe(7)
  })

  test('remembers a delete below it until the tombstone is reaped', () => {
    const { store, write } = newStore({ 'a/1': 1, 'a/2': 2 })
    write('delete', 'a/1', 5)
    write('set', 'b', 6)
    const query = store.queries.ask(new TreeQuestion('a/'))
    expect(query.current().index).toBe(5)
    store.transact(7, (tx) => applyTombstone(tx, { Datacenter: '', Op: 'reap', ReapIndex: 5, Token: '' }))
    expect(query.current().index).toBe(2)
  })

  test('in which nothing is or was has the index of the store', () => {
    const { store, write } = newStore({ b: 4 })
    expect(store.queries.ask(new TreeQuestion('a/')).current().index).toBe(4)
    write('delete-tree', '', 8)
    expect(store.queries.ask(new TreeQuestion('')).current().index).toBe(8)
  })
})

describe('names', () => {
  const keys = { pre: 1, 'pre/x': 2, 'pre/y': 3, prefix: 4 }

  test.for([
    ['pre', '', ['pre', 'pre/x', 'pre/y', 'prefix']],
    ['pre', '/', ['pre', 'pre/', 'prefix']],
    ['pre/', '/', ['pre/x', 'pre/y']],
    ['', 'e', ['pre']],
    ['none', '/', []],
  ] as const)('below "%s" cut at "%s" are %j', ([prefix, separator, names]) => {
    const { store } = newStore(keys)
    expect(store.queries.ask(new NamesQuestion(prefix, separator)).current().value.items).toEqual(names)
  })

  test('do not wake when only a value changes', () => {
    const { store, write } = newStore(keys)
    const query = store.queries.ask(new NamesQuestion('pre', ''))
    let woken = 0
    query.follow({ answered: () => woken++, failed: () => {} })
    write('set', 'pre/x', 9)
    store.queries.flush()
    expect([woken, query.current().index]).toEqual([0, 9])
    write('set', 'pre/z', 10)
    store.queries.flush()
    expect(woken).toBe(1)
  })

  test('that are no UTF-8 are shown with replacement characters', () => {
    const { store } = newStore({ 'a\xff<': 1 })
    expect(store.queries.ask(new NamesQuestion('a', '')).current().bytes.toString()).toBe('["a\\ufffd\\u003c"]')
  })

  test('of different prefixes and separators are different questions', () => {
    expect(new NamesQuestion('b', 'a/').key).not.toBe(new NamesQuestion('/b', 'a').key)
  })
})
