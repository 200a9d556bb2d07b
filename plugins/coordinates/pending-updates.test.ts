import { expect, test } from 'vitest'
import { originCoordinate } from './nearest.ts'
import { PendingUpdates } from './pending-updates.ts'

function report(node: string, height = 1) {
  return { Node: node, Segment: '', Coord: { ...originCoordinate, Height: height } }
}

test('the newest report of a node is written, whatever the letter case of its name', () => {
  const pending = new PendingUpdates()
  pending.add(report('web-1', 1))
  pending.add(report('WEB-1', 2))
  expect(pending.take()).toEqual([[report('WEB-1', 2)]])
  expect(pending.take()).toEqual([])
})

test('a round carries five batches of 128 nodes and no more', () => {
  const pending = new PendingUpdates()
  const taken = Array.from({ length: 700 }, (_, at) => pending.add(report(`n${at}`)))
  expect(taken.filter(Boolean).length).toBe(640)
  expect(pending.add(report('n5', 7))).toBe(true)
  const batches = pending.take()
  expect(batches.map((batch) => batch.length)).toEqual([128, 128, 128, 128, 128])
  expect(batches[0]![5]!.Coord!.Height).toBe(7)
})
