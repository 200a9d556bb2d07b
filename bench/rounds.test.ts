import { expect, test } from 'vitest'
import { interleave, median, ratioOf } from './rounds.ts'

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([30, 1, 20])).toBe(20)
  expect(median([4, 100, 1, 2])).toBe(3)
})

test('bare and ours are measured in turn, and neither is always second', async () => {
  const order: string[] = []
  const half = (name: string) => async () => order.push(name)
  await interleave(4, half('bare'), half('ours'))
  expect(order).toEqual(['bare', 'ours', 'ours', 'bare', 'bare', 'ours', 'ours', 'bare'])
})

test('the ratio is taken within pairs, so a machine that becomes slow meanwhile does not move it', async () => {
  const speeds = [1, 1, 0.25, 0.25, 0.1, 0.1]
  let at = 0
  const pairs = await interleave(
    3,
    async () => 1000 * speeds[at++]!,
    async () => 600 * speeds[at++]!,
  )
  const ratio = ratioOf(pairs, (figure) => figure)
  expect(ratio.lowest).toBeCloseTo(0.6)
  expect(ratio.median).toBeCloseTo(0.6)
  expect(ratio.highest).toBeCloseTo(0.6)
})
