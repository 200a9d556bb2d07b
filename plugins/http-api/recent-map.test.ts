import { expect, test } from 'vitest'
import { RecentMap } from './recent-map.ts'

test('entries that are used stay, and the others go after two generations', () => {
  const map = new RecentMap<number, string>(10)
  map.set(0, 'used')
  map.set(1, 'unused')
  for (let key = 2; key < 100; key++) {
    map.set(key, 'other')
    expect(map.get(0)).toBe('used')
  }
  expect(map.get(1)).toBeUndefined()
  expect(map.get(99)).toBe('other')
  map.delete(0)
  expect(map.get(0)).toBeUndefined()
})
