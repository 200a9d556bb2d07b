import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { MemberTable } from './member-table.ts'
import type { SwimState } from './messages.ts'
import type { NodeState } from './node-state.ts'
import { consulVersions } from './versions.ts'

function stateOf(name: string, state: SwimState = 'alive'): NodeState {
  const meta = Buffer.alloc(0)
  return { name, address: '10.0.0.1', port: 1, meta, vsn: consulVersions, incarnation: 1, state, changedAtMs: 0 }
}

function tableOf(names: string, seed = 1): MemberTable {
  const table = new MemberTable(seededRandom(seed))
  for (const name of names) table.set(stateOf(name))
  return table
}

const names = (states: readonly NodeState[]) => states.map(({ name }) => name)

test('newcomers stand at random places', () => {
  const orders = new Set([1, 2, 3, 4].map((seed) => names(tableOf('abcdefgh', seed).all()).join('')))
  expect(orders.size).toBeGreaterThan(1)
  for (const order of orders) expect([...order].sort().join('')).toBe('abcdefgh')
})

test('a new belief takes the place of the old one', () => {
  const table = tableOf('abc')
  const before = names(table.all())
  table.set(stateOf('b', 'dead'))
  expect(names(table.all())).toEqual(before)
  expect(table.get('b')?.state).toBe('dead')
  expect([table.size, table.livingCount]).toEqual([3, 2])
})

test('reordering forgets and keeps, and finds everybody afterwards', () => {
  const table = tableOf('abcdef')
  table.set(stateOf('b', 'dead'))
  table.reorder(({ name }) => name !== 'a' && name !== 'b')
  expect(names(table.all()).sort().join('')).toBe('cdef')
  expect(table.get('a')).toBeUndefined()
  for (const name of 'cdef') expect(table.get(name)?.name).toBe(name)
  expect(table.livingCount).toBe(4)
})

test.for([4, 30])('picking among %i gives different acceptable members, everybody sooner or later', (size) => {
  const table = tableOf(String.fromCharCode(...Array.from({ length: size }, (_, place) => 65 + place)))
  const seen = new Set<string>()
  for (let round = 0; round < 200; round += 1) {
    const picked = names(table.pick(3, ({ name }) => name !== 'A'))
    expect(new Set(picked).size).toBe(3)
    expect(picked).not.toContain('A')
    for (const name of picked) seen.add(name)
  }
  expect(seen.size).toBe(size - 1)
})

test('picking gives up where hardly anybody is acceptable', () => {
  const table = tableOf('abcdefghijklmnopqrstuvwxyz')
  expect(table.pick(3, () => false)).toEqual([])
  expect(table.pick(0, () => true)).toEqual([])
})
