import { describe, expect, test } from 'vitest'
import type { Question } from './live-query.ts'
import { Store } from './store.ts'
import { defineTable, type Stamp } from './table.ts'

interface Pair extends Stamp {
  readonly Key: string
  readonly Value: string
  readonly Tags: readonly string[]
}

const pairs = defineTable({
  name: 'pairs',
  key: (row: Pair) => row.Key,
  indexes: {
    byTag: { key: (row: Pair) => row.Tags },
    byValue: { key: (row: Pair) => row.Value || undefined, unique: true },
  },
})

const get = (key: string): Question<Pair | undefined> => ({
  key: `get ${key}`,
  read: (view) => view.table(pairs).get(key),
  index: (view, row) => row?.ModifyIndex ?? view.tableIndex('pairs'),
  encode: (row) => Buffer.from(JSON.stringify(row ?? null)),
})

function put(store: Store, index: number, Key: string, Value: string, Tags: string[] = []): void {
  store.transact(index, (tx) => {
    tx.table(pairs).put({ Key, Value, Tags })
    tx.setTableIndex('pairs')
  })
}

describe('a store', () => {
  test('stamps rows and finds them by key, prefix and index', () => {
    const store = new Store([pairs])
    put(store, 5, 'a/1', 'x', ['red', 'blue'])
    put(store, 6, 'a/2', 'y', ['red'])
    put(store, 7, 'a/1', 'z', ['blue'])
    const table = store.view().table(pairs)
    expect(table.get('a/1')).toEqual({ Key: 'a/1', Value: 'z', Tags: ['blue'], CreateIndex: 5, ModifyIndex: 7 })
    expect(table.list('a/').map((row) => row.Key)).toEqual(['a/1', 'a/2'])
    expect(
      table
        .index('byTag')
        .get('red')
        .map((row) => row.Key),
    ).toEqual(['a/2'])
    expect(store.latest.tableIndex('pairs', 'other')).toBe(7)
  })

  test('wakes a reader when its own answer changes, and not before', async () => {
    const store = new Store([pairs])
    put(store, 5, 'a', 'x')
    const query = store.queries.ask(get('a'))
    expect(query.current().index).toBe(5)
    const woken: number[] = []
    const done = query.wait(5).then((answer) => woken.push(answer.index))
    put(store, 6, 'b', 'y')
    store.queries.flush()
    await Promise.resolve()
    expect(woken).toEqual([])
    put(store, 7, 'a', 'z')
    await done
    expect(woken).toEqual([7])
  })
})
