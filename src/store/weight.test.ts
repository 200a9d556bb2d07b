import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { Question } from './live-query.ts'
import { Store } from './store.ts'
import { defineTable, type Stamp } from './table.ts'
import { weightOf } from './weight.ts'

interface Row extends Stamp {
  readonly Key: string
  readonly Value: string
}

const rows = defineTable({ name: 'rows', key: (row: Row) => row.Key })
const count = 3000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that are alive. */
function alive(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function filledStore(): Store {
  const store = new Store([rows], { queries: { maxBytes: 2 ** 40 } })
  store.transact(1, (tx) => {
    for (let at = 0; at < count; at++) tx.table(rows).put({ Key: `key/${at}`, Value: 'v'.repeat(100) })
  })
  return store
}

interface Shape {
  readonly title: string
  question(at: number): Question<unknown>
  /** What readers do with an answer. */
  use?(store: Store, question: Question<unknown>): void
}

const shapes: readonly Shape[] = [
  {
    title: 'one row, encoded',
    question: (at) => ({
      key: `entry/key/${at}`,
      read: (view) => view.table(rows).get(`key/${at}`),
      index: () => 1,
      encode: (row) => Buffer.from(JSON.stringify(row)),
    }),
  },
  {
    title: 'nothing found',
    question: (at) => ({
      key: `entry/missing/${at}`,
      read: (view) => view.table(rows).get(`missing/${at}`) ?? null,
      index: () => 1,
      encode: () => Buffer.alloc(0),
    }),
  },
  {
    title: 'a list made for the answer',
    question: (at) => ({
      key: `list/key/${at}`,
      read: (view) =>
        view
          .table(rows)
          .list(`key/${at}`)
          .slice(0, 5)
          .map(({ Key, Value }) => ({ Name: `${Key} of ${at}`, Parts: [Value.slice(1), Key.length], Count: at + 0.5 })),
      index: () => 1,
      encode: (found) => Buffer.from(JSON.stringify(found)),
    }),
  },
  {
    title: 'a long key and several forms',
    question: (at) => ({
      key: `${'long '.repeat(100)}${at}`,
      read: (view) => view.table(rows).get(`key/${at}`),
      index: () => 1,
      encode: (row) => Buffer.from(JSON.stringify(row)),
    }),
    use: (store, question) => {
      const answer = store.queries.ask(question).current()
      answer.form('packet', () => Buffer.alloc(500))
      answer.form('text', () => Buffer.alloc(400, 'x').toString())
    },
  },
]

/** What the queries of a store claim to weigh, as a share of the bytes that came alive with them. */
function claimedShare({ question, use }: Shape): number {
  const store = filledStore()
  const before = alive()
  for (let at = 0; at < count; at++) {
    const one = question(at)
    void store.queries.ask(one).current().bytes
    use?.(store, one)
  }
  const measured = alive() - before
  const { bytes, entries } = store.queries.statistics()
  expect(entries).toBe(count)
  return bytes / measured
}

test.each(shapes)('the estimate for queries holds against the heap: $title', (shape) => {
  // The heap is also that of the test runner, which may let go of something of its own while one of these is measured.
  const [, , share] = Array.from({ length: 5 }, () => claimedShare(shape)).sort((a, b) => a - b)
  expect(share).toBeGreaterThan(0.8)
  expect(share).toBeLessThan(2)
})

test('a stale answer is charged for the rows that it may hold alone', () => {
  const store = filledStore()
  const question: Question<Row[]> = {
    key: 'all',
    read: (view) => view.table(rows).list(),
    index: () => 1,
    encode: (found) => Buffer.from(String(found.length)),
  }
  void store.queries.ask(question).current().bytes
  const fresh = store.queries.statistics().bytes
  expect(fresh).toBeLessThan(40_000)
  store.transact(2, (tx) => tx.table(rows).put({ Key: 'key/0', Value: 'other' }))
  expect(store.queries.statistics().bytes - fresh).toBeGreaterThan(count * 100)
  void store.queries.ask(question).current()
  expect(store.queries.statistics().bytes).toBe(fresh)
})

test('long lists are weighed by some of their elements', () => {
  const one = { Name: 'x'.repeat(50) }
  const [few, many] = [10, 10_000].map((length) => weightOf(Array.from({ length }, () => one)))
  expect(many! / few!).toBeGreaterThan(700)
  expect(many! / few!).toBeLessThan(1100)
})
