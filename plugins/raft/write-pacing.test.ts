import { describe, expect, test } from 'vitest'
import { WritePacing } from './write-pacing.ts'

/** After a write during which so many entries were under way. */
function pacingOf(underWay: number): WritePacing {
  const pacing = new WritePacing()
  pacing.written(underWay)
  return pacing
}

describe.for([
  ['nothing was written yet', new WritePacing()],
  ['few entries were under way', pacingOf(14)],
] as const)('when %s', ([, pacing]) => {
  test('all that waits is written, at the end of the turn', () => {
    expect(pacing.entriesMax).toBe(Number.POSITIVE_INFINITY)
    expect(pacing.isFull(1000)).toBe(false)
    expect(pacing.holds(1)).toBe(false)
  })
})

describe('when many entries were under way', () => {
  test('a write has half as many at most', () => {
    expect(pacingOf(64).entriesMax).toBe(32)
    expect(pacingOf(15).entriesMax).toBe(8)
  })

  test('it begins as soon as that many wait', () => {
    const pacing = pacingOf(64)
    expect(pacing.isFull(31)).toBe(false)
    expect(pacing.isFull(32)).toBe(true)
    expect(pacing.holds(32)).toBe(false)
  })

  test('fewer wait for others, sixteen turns at most, and then the next ones as long again', () => {
    const pacing = pacingOf(64)
    const turns = () => {
      let held = 0
      while (pacing.holds(31)) held++
      return held
    }
    expect([turns(), turns()]).toEqual([16, 16])
  })

  test('nothing does not wait: there may be a vote to write', () => {
    expect(pacingOf(64).holds(0)).toBe(false)
  })

  test('it goes by the newest write', () => {
    const pacing = pacingOf(64)
    pacing.written(3)
    expect(pacing.holds(1)).toBe(false)
    expect(pacing.entriesMax).toBe(Number.POSITIVE_INFINITY)
  })
})
