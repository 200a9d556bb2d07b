import { describe, expect, test } from 'vitest'
import { LogWindow } from './log-window.ts'
import type { Entry } from './messages.ts'

function entry(index: number, term: number): Entry {
  return { index, term, type: 0, data: Buffer.alloc(68), extensions: null, appendedAtMs: 0 }
}

function logOf(...terms: number[]): LogWindow {
  const log = new LogWindow({ snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0, termRuns: [], tail: [] })
  terms.forEach((term, at) => {
    log.append(entry(at + 1, term))
  })
  return log
}

describe('a log', () => {
  test('knows the term of every entry and where each term begins and ends', () => {
    const log = logOf(1, 1, 3, 3, 3, 7)
    expect([0, 1, 2, 3, 5, 6, 7].map((index) => log.termAt(index))).toEqual([0, 1, 1, 3, 3, 7, undefined])
    expect(log.startOfTermAt(5)).toBe(3)
    expect(log.lastOfTerm(3)).toBe(5)
    expect(log.lastOfTerm(2)).toBeUndefined()
  })

  test('is durable up to what was written, whatever was dropped meanwhile', () => {
    const log = logOf(1, 1, 1)
    expect(log.take()?.entries).toHaveLength(3)
    log.truncateFrom(2)
    log.append(entry(2, 5))
    log.written()
    expect(log.durableIndex).toBe(1)
    expect(log.take()).toMatchObject({ truncateFrom: 2, entries: [{ index: 2, term: 5 }] })
    log.written()
    expect(log.durableIndex).toBe(2)
    expect(log.take()).toBeUndefined()
  })

  test('is durable up to the part of it that was written', () => {
    const log = logOf(1, 1, 1, 1, 1)
    expect(log.take(2)?.entries.map(({ index }) => index)).toEqual([1, 2])
    expect(log.undurable).toBe(5)
    log.written()
    expect([log.durableIndex, log.undurable]).toEqual([2, 3])
    expect(log.take(2)?.entries.map(({ index }) => index)).toEqual([3, 4])
    log.truncateFrom(4)
    log.append(entry(4, 6))
    log.written()
    expect(log.durableIndex).toBe(3)
    expect(log.take(2)).toMatchObject({ truncateFrom: 4, entries: [{ index: 4, term: 6 }] })
  })

  test('drops a tail that was never written without telling the disk', () => {
    const log = logOf(1, 1)
    log.truncateFrom(1)
    expect(log.take()).toBeUndefined()
  })

  test('keeps terms but not entries that are no longer needed in memory', () => {
    const log = logOf(...Array<number>(100).fill(4))
    log.take()
    log.written()
    log.trim(90, 10, 1e9)
    expect(log.slice(50, 5, 1e9)).toBeUndefined()
    expect(log.slice(91, 5, 1e9)).toHaveLength(5)
    expect(log.termAt(50)).toBe(4)
  })

  test('never forgets what is not durable', () => {
    const log = logOf(...Array<number>(100).fill(4))
    log.trim(100, 10, 1)
    expect(log.slice(1, 5, 1e9)).toHaveLength(5)
  })

  test('gives entries up to a size, but at least one', () => {
    const log = logOf(1, 1, 1, 1)
    expect(log.slice(1, 10, 250)).toHaveLength(2)
    expect(log.slice(1, 10, 1)).toHaveLength(1)
    expect(log.slice(5, 10, 1)).toEqual([])
  })

  test('refuses a gap and a falling term', () => {
    expect(() => logOf(1).append(entry(3, 1))).toThrow('does not follow')
    expect(() => logOf(5).append(entry(2, 4))).toThrow('older term')
  })

  test('begins behind a snapshot of the leader, and has the disk drop the rest', () => {
    const log = logOf(1, 1)
    log.take()
    log.resetTo(10, 4)
    log.written()
    log.append(entry(11, 4))
    expect([log.durableIndex, log.lastIndex, log.firstIndex, log.termAt(10), log.termAt(2)]).toEqual([
      10,
      11,
      11,
      4,
      undefined,
    ])
    expect(log.take()).toMatchObject({ truncateFrom: 1, entries: [{ index: 11 }] })
  })

  test('is compacted behind its own snapshot', () => {
    const log = logOf(1, 1, 2, 2, 3)
    log.take()
    log.written()
    log.compact(4, 2, 3)
    expect([log.firstIndex, log.termAt(2), log.termAt(3), log.termAt(4)]).toEqual([3, undefined, 2, 2])
    expect(log.slice(2, 1, 1e9)).toBeUndefined()
    expect(log.slice(3, 9, 1e9)).toHaveLength(3)
  })
})
