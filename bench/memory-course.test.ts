import { expect, test } from 'vitest'
import { MemoryCourse } from './memory-course.ts'

function judged(mib: readonly number[]): number | undefined {
  const course = new MemoryCourse()
  for (const one of mib) course.add(1, 'server', one)
  return course.grown(6)[0]?.grownMib
}

test('a process that warms up and then comes and goes does not grow', () => {
  expect(judged([100, 140, 150, 180, 150, 170, 190, 151, 175])).toBe(1)
})

test('a process that rises to its end grows', () => {
  expect(judged([100, 110, 120, 130, 140, 150, 160, 170, 180])).toBe(30)
})

test('one that ran for a moment is not judged, and each process is judged alone', () => {
  expect(judged([100, 900])).toBeUndefined()
  const course = new MemoryCourse()
  for (let at = 0; at < 6; at++) {
    course.add(1, 'server', 300)
    course.add(2, 'server', 100)
  }
  expect(course.grown(6).map(({ grownMib }) => grownMib)).toEqual([0, 0])
})
