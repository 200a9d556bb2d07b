import { expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { kept, type Pair, pairs } from './naive.fixture.ts'
import { Store } from './store.ts'
import type { FrozenView } from './view.ts'

/** The model test keeps to a handful of keys; trees of several levels, whose nodes split, merge and are shared, need more. */
test('large tables and their frozen copies stay right while rows come and go in bulk', () => {
  const random = seededRandom(7)
  const store = new Store([pairs, kept])
  const model = new Map<string, Pair>()
  const copies: { view: FrozenView; rows: Pair[] }[] = []
  const sorted = () => [...model.values()].sort((a, b) => (a.Key < b.Key ? -1 : 1))
  for (let round = 1; round <= 60; round++) {
    const growing = round % 20 < 12
    store.transact(round, (tx) => {
      const table = tx.table(pairs)
      for (let at = 0; at < 300; at++) {
        const Key = `k/${random.below(20)}/${random.below(200)}`
        const tags = [`t${random.below(5)}`, `u${random.below(50)}`]
        if (random.fraction() < (growing ? 0.9 : 0.2)) {
          model.set(Key, table.put({ Key, Value: '', Tags: tags, Owner: `owner of ${Key}` }))
        } else {
          table.delete(Key)
          model.delete(Key)
        }
      }
      if (round % 20 === 19) {
        const prefix = `k/${random.below(20)}/`
        for (const { Key } of table.list(prefix)) {
          table.delete(Key)
          model.delete(Key)
        }
      }
    })
    const abandoned = () =>
      store.transact(round, (tx) => {
        for (const { Key } of tx.table(pairs).list(`k/${round % 20}`)) tx.table(pairs).delete(Key)
        for (let at = 0; at < 50; at++) tx.table(pairs).put({ Key: `x${at}`, Value: '', Tags: ['t1'], Owner: '' })
        throw new Error('rolled back')
      })
    expect(abandoned).toThrow('rolled back')
    if (round % 3 === 0) copies.push({ view: store.view(), rows: sorted() })
  }
  expect(Math.max(...copies.map(({ rows }) => rows.length))).toBeGreaterThan(1500)
  for (const { view, rows } of copies) {
    const table = view.table(pairs)
    expect(table.list()).toEqual(rows)
    expect(table.count('k/1')).toBe(rows.filter(({ Key }) => Key.startsWith('k/1')).length)
    expect(table.index('byTag').get('t3')).toEqual(rows.filter(({ Tags }) => Tags.includes('t3')))
    expect(table.index('byOwner').list()).toEqual(rows)
  }
})
