import { beforeEach, describe, expect, test } from 'vitest'
import { InvariantError } from '../kernel/assert.ts'
import { UniqueIndexError } from './errors.ts'
import { kept, type Pair, pairs, question } from './naive.fixture.ts'
import { Store } from './store.ts'
import { defineTable } from './table.ts'
import type { Transaction } from './transaction.ts'

let store: Store

beforeEach(() => {
  store = new Store([pairs, kept])
})

function put(index: number, Key: string, rest: Partial<Pair> = {}): Pair {
  return store.transact(index, (tx) => {
    tx.setTableIndex('pairs')
    return tx.table(pairs).put({ Key, Value: '', Tags: [], Owner: '', ...rest })
  })
}

const keysOf = (rows: readonly Pair[]) => rows.map((row) => row.Key)

describe('a table', () => {
  test('stamps a row when it comes and when it changes', () => {
    put(5, 'a', { Value: 'x' })
    put(6, 'b')
    const row = put(7, 'a', { Value: 'y' })
    expect(row).toMatchObject({ Value: 'y', CreateIndex: 5, ModifyIndex: 7 })
    expect(store.latest.table(pairs).get('a')).toBe(row)
  })

  test('begins a new life with a row that was deleted', () => {
    put(5, 'a')
    store.transact(6, (tx) => {
      expect(tx.table(pairs).delete('a')).toMatchObject({ CreateIndex: 5 })
      expect(tx.table(pairs).delete('a')).toBeUndefined()
    })
    expect(put(7, 'a').CreateIndex).toBe(7)
  })

  test('keeps the indexes of a restored row', () => {
    const row = { Key: 'a', Value: '', Tags: [], Owner: '', CreateIndex: 3, ModifyIndex: 4 }
    store.transact(9, (tx) => tx.table(pairs).restore(row))
    expect(store.latest.table(pairs).get('a')).toEqual(row)
  })

  test('gives out rows that nobody can change', () => {
    const row = put(5, 'a') as { Value: string }
    expect(() => {
      row.Value = 'forged'
    }).toThrow(TypeError)
  })

  test('finds rows under every key of an index, in the order of index key and primary key', () => {
    put(5, 'b', { Tags: ['red', 'blue', 'red'] })
    put(6, 'a', { Tags: ['red'] })
    put(7, 'c', { Tags: ['redder'] })
    const byTag = store.latest.table(pairs).index('byTag')
    expect(keysOf(byTag.get('red'))).toEqual(['a', 'b'])
    expect(keysOf(byTag.get('re'))).toEqual([])
    expect(keysOf(byTag.list('re'))).toEqual(['a', 'b', 'c'])
    expect(keysOf(byTag.list())).toEqual(['b', 'a', 'b', 'c'])
    expect([byTag.count('red'), byTag.has('blue'), byTag.has('green')]).toEqual([2, true, false])
    put(8, 'b', { Tags: ['blue'] })
    expect(keysOf(byTag.get('red'))).toEqual(['a'])
  })

  test('may be written while its rows are gone through', () => {
    for (const key of ['a/1', 'a/2', 'a/3', 'b']) put(5, key)
    store.transact(6, (tx) => {
      for (const row of tx.table(pairs).list('a/')) tx.table(pairs).delete(row.Key)
    })
    expect(keysOf(store.latest.table(pairs).list())).toEqual(['b'])
  })

  test('refuses a second row under the key of a unique index, and says which one is in the way', () => {
    put(5, 'a', { Owner: 'me' })
    const refused = (): unknown => put(6, 'b', { Owner: 'me' })
    expect(refused).toThrow(UniqueIndexError)
    expect(refused).toThrow(
      'Table "pairs" already holds "me" in its unique index "byOwner", for row "a": delete or change that row first',
    )
    put(6, 'a', { Owner: 'you' })
    put(7, 'b', { Owner: 'me' })
  })

  test('must be defined, under a name of its own, with indexes it is asked for', () => {
    const other = defineTable({ name: 'other', key: (row: Pair) => row.Key })
    expect(() => store.latest.table(other)).toThrow('table "other" is not defined in this store')
    store.define(other)
    store.define(other)
    expect(store.latest.table(other).list()).toEqual([])
    expect(() => store.define({ ...other })).toThrow('two tables are called "other"')
    expect(() => defineTable({ name: 'Other', key: () => '' })).toThrow(InvariantError)
    const unchecked = defineTable<Pair>({ name: 'pairs', key: (row) => row.Key })
    expect(() => store.latest.table(unchecked).index('byColour')).toThrow('table "pairs" has no index "byColour"')
    const keyless = { Value: '' } as Pair
    expect(() => store.transact(1, (tx) => tx.table(pairs).put(keyless))).toThrow('a row of table "pairs" has no key')
  })
})

describe('an index row', () => {
  test('is set to the index of the transaction, or to a given one, and deleted', () => {
    store.transact(5, (tx) => {
      tx.setTableIndex('service.web')
      tx.setTableIndex('service.db', 3)
    })
    expect(store.latest.tableIndex('service.db', 'service.web', 'none')).toBe(5)
    expect(store.latest.tableIndexes('service.')).toEqual([
      { Key: 'service.db', Value: 3 },
      { Key: 'service.web', Value: 5 },
    ])
    store.transact(6, (tx) => tx.deleteTableIndex('service.web'))
    expect(store.view().tableIndex('service.web')).toBe(0)
  })
})

describe('a transaction', () => {
  test('sees its own writes, and nobody else does when it throws', () => {
    put(5, 'a', { Value: 'x', Tags: ['red'] })
    const before = store.view()
    const failing = (tx: Transaction): void => {
      tx.table(pairs).put({ Key: 'a', Value: 'y', Tags: ['blue'], Owner: 'me' })
      tx.table(pairs).delete('a')
      tx.table(pairs).put({ Key: 'a', Value: 'z', Tags: [], Owner: '' })
      tx.table(pairs).put({ Key: 'b', Value: '', Tags: ['red'], Owner: 'me' })
      tx.deleteTableIndex('pairs')
      expect(keysOf(tx.table(pairs).index('byOwner').get('me'))).toEqual(['b'])
      throw new Error('changed my mind')
    }
    expect(() => store.transact(6, failing)).toThrow('changed my mind')
    expect(store.index).toBe(5)
    expect(store.view().table(pairs).list()).toEqual(before.table(pairs).list())
    expect(keysOf(store.latest.table(pairs).index('byTag').list())).toEqual(['a'])
    expect(store.latest.table(pairs).index('byOwner').has('me')).toBe(false)
    expect(store.latest.tableIndex('pairs')).toBe(5)
  })

  test('tells listeners of each change while it runs, and they may write on', () => {
    const told: string[] = []
    const stop = store.onChange(pairs, (tx, { before, after }) => {
      told.push(`${before?.Value ?? 'none'} to ${after?.Value ?? 'none'}`)
      if (after !== undefined) tx.table(kept).put(after)
    })
    put(5, 'a', { Value: 'x' })
    put(6, 'a', { Value: 'y' })
    store.transact(7, (tx) => tx.table(pairs).delete('a'))
    expect(told).toEqual(['none to x', 'x to y', 'y to none'])
    expect(store.latest.table(kept).get('a')).toMatchObject({ Value: 'y', CreateIndex: 5, ModifyIndex: 6 })
    stop()
    put(8, 'b')
    expect(told).toHaveLength(3)
  })

  test('is rolled back when a listener throws', () => {
    store.onChange(kept, () => {
      throw new Error('not this one')
    })
    const run = (tx: Transaction): void => {
      tx.table(pairs).put({ Key: 'a', Value: '', Tags: [], Owner: '' })
      tx.table(kept).put({ Key: 'a', Value: '', Tags: [], Owner: '' })
    }
    expect(() => store.transact(5, run)).toThrow('not this one')
    expect(store.latest.table(pairs).list()).toEqual([])
    expect(store.latest.table(kept).list()).toEqual([])
  })

  test('ends with its function', () => {
    let leaked: Transaction | undefined
    store.transact(5, (tx) => {
      leaked = tx
    })
    const table = store.transact(5, (tx) => tx.table(pairs))
    const ended = 'a transaction was used after it had ended'
    expect(() => leaked!.table(pairs)).toThrow(ended)
    expect(() => leaked!.setTableIndex('pairs')).toThrow(ended)
    expect(() => table.put({ Key: 'a', Value: '', Tags: [], Owner: '' })).toThrow(ended)
    expect(() => store.transact(6, async () => {})).toThrow('must not be async')
    expect(store.index).toBe(5)
  })

  test('does not begin inside another, nor go back in the log, nor leave its rows to others', () => {
    put(5, 'a')
    expect(() => store.transact(6, () => store.transact(7, () => {}))).toThrow('begun inside another')
    expect(() => store.transact(4, () => {})).toThrow('transaction 4 comes after 5')
    expect(() => store.transact(6, () => store.view())).toThrow('a view was taken inside a transaction')
    const asked = question('a', (view) => view.table(pairs).get('a'))
    expect(() => store.transact(6, () => store.queries.ask(asked).current())).toThrow('read the transaction instead')
    put(6, 'b')
  })

  test('shows commit listeners all its changes in order, also those that another listener fails to bear', () => {
    const told: unknown[] = []
    store.onCommit(() => {
      throw new Error('first')
    })
    store.onCommit((index, changes) => {
      told.push([index, changes.map(({ table, key }) => `${table.name} ${key}`), store.latest.tableIndex('pairs')])
    })
    expect(() => put(5, 'a')).toThrow('first')
    expect(told).toEqual([[5, ['table-indexes pairs', 'pairs a'], 5]])
    store.onCommit(() => {
      throw new Error('third')
    })
    expect(() => put(6, 'a')).toThrow(AggregateError)
    expect(store.index).toBe(6)
  })
})

describe('a view', () => {
  test('stays as it was, whatever is written later, even halfway through a scan', () => {
    for (let at = 0; at < 200; at++) put(5, `k${String(at).padStart(3, '0')}`, { Tags: ['red'] })
    const view = store.view()
    expect(store.view()).toBe(view)
    const scan = view.table(pairs).scan('k1')
    const seen = [scan.next().value!]
    store.transact(6, (tx) => {
      for (const row of tx.table(pairs).list()) tx.table(pairs).delete(row.Key)
    })
    seen.push(...scan)
    expect(seen).toHaveLength(100)
    expect(seen[99]).toMatchObject({ Key: 'k199', ModifyIndex: 5 })
    expect(view.table(pairs).index('byTag').count('red')).toBe(200)
    expect(view.table(pairs).count('k0')).toBe(100)
    expect(view.index).toBe(5)
    expect(store.view().table(pairs).count()).toBe(0)
  })
})

describe('replacing the state', () => {
  test('puts a restored one in its place, and leaves views and listeners as they are', () => {
    const told: number[] = []
    store.onCommit((index) => told.push(index))
    put(8, 'a', { Owner: 'me' })
    const view = store.view()
    const restored = store.blank()
    restored.transact(3, (tx) => {
      tx.table(pairs).restore({ Key: 'b', Value: '', Tags: [], Owner: 'me', CreateIndex: 1, ModifyIndex: 2 })
      tx.setTableIndex('pairs', 2)
    })
    store.replaceWith(restored)
    expect(store.index).toBe(3)
    expect(keysOf(store.latest.table(pairs).index('byOwner').get('me'))).toEqual(['b'])
    expect(store.latest.tableIndex('pairs')).toBe(2)
    expect(keysOf(view.table(pairs).list())).toEqual(['a'])
    put(4, 'c')
    expect(restored.latest.table(pairs).has('c')).toBe(false)
    expect(told).toEqual([8, 4])
  })

  test('needs a store with the same tables', () => {
    expect(() => store.replaceWith(new Store([pairs]))).toThrow('the two stores have different tables')
  })
})
