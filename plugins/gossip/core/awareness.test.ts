import { expect, test } from 'vitest'
import { Awareness } from './awareness.ts'

test('the health score stays between 0 and one below its maximum', () => {
  const awareness = new Awareness(8)
  awareness.change(-1)
  expect(awareness.score).toBe(0)
  awareness.change(3)
  awareness.change(-1)
  expect(awareness.score).toBe(2)
  awareness.change(100)
  expect(awareness.score).toBe(7)
})

test('times stretch with the score', () => {
  const awareness = new Awareness(8)
  expect(awareness.stretch(1000)).toBe(1000)
  awareness.change(7)
  expect(awareness.stretch(1000)).toBe(8000)
})

test('a maximum of 1 switches awareness off', () => {
  const awareness = new Awareness(1)
  awareness.change(5)
  expect(awareness.stretch(1000)).toBe(1000)
})
