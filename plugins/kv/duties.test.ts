import { describe, expect, test } from 'vitest'
import { TombstoneBins, tombstoneBinMs, tombstoneTtlMs } from './duties.ts'

describe('tombstones', () => {
  test('are due at the end of their bin, a quarter of an hour later', () => {
    const bins = new TombstoneBins()
    bins.note(5, 1_000)
    bins.note(9, tombstoneBinMs - 1)
    bins.note(12, tombstoneBinMs)
    expect(bins.takeDue(tombstoneTtlMs + tombstoneBinMs - 1)).toBeUndefined()
    expect(bins.takeDue(tombstoneTtlMs + tombstoneBinMs)).toBe(9)
    expect(bins.takeDue(tombstoneTtlMs + tombstoneBinMs)).toBeUndefined()
    expect(bins.takeDue(tombstoneTtlMs + 2 * tombstoneBinMs)).toBe(12)
  })

  test('of several bins go with the newest that is due', () => {
    const bins = new TombstoneBins()
    for (const index of [1, 2, 3]) bins.note(index, index * tombstoneBinMs)
    expect(bins.takeDue(tombstoneTtlMs + 3 * tombstoneBinMs)).toBe(2)
  })
})
