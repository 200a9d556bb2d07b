import { expect, test } from 'vitest'
import { RepeatedLines } from './repeated-lines.ts'

test('a line is said at once, then once a minute with how often it was withheld', () => {
  const lines = new RepeatedLines()
  expect(lines.heard('a', 0)).toBe(0)
  expect(lines.heard('b', 0)).toBe(0)
  expect(lines.heard('a', 10)).toBeUndefined()
  expect(lines.heard('a', 59_999)).toBeUndefined()
  expect(lines.heard('a', 60_000)).toBe(2)
  expect(lines.heard('a', 60_001)).toBeUndefined()
  expect(lines.heard('b', 200_000)).toBe(0)
})

test('any number of different lines takes no more memory than a thousand', () => {
  const lines = new RepeatedLines()
  for (let number = 0; number < 1000; number++) expect(lines.heard(`line ${number}`, 0)).toBe(0)
  expect(lines.heard('one more', 1)).toBe(0)
  expect(lines.heard('one more', 2)).toBe(0)
  expect(lines.heard('line 1', 3)).toBeUndefined()
  // The thousand have had their minute.
  expect(lines.heard('one more', 60_000)).toBe(0)
  expect(lines.heard('one more', 60_001)).toBeUndefined()
})
