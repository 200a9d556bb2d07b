import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeConfiguration } from '../core/configuration.ts'
import { type Entry, type EntryType, entryType } from '../core/messages.ts'
import type { LogStore, Recovered } from './log-store.ts'

/** A store under test, and how to open what it has kept once more. */
export interface StoreUnderTest {
  readonly store: LogStore
  /** Closes the store and returns a fresh one over the same data. */
  reopen(): Promise<LogStore>
  remove(): Promise<void>
}

/** What every log store must do. Call it in a test file of your own with a function that makes an empty store. */
export function logStoreSuite(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name}: a log store`, () => {
    let subject: StoreUnderTest
    let store: LogStore
    let recovered: Recovered

    beforeEach(async () => {
      subject = await make()
      store = subject.store
      recovered = await store.open()
    })
    afterEach(() => subject.remove())

    const reopen = async () => {
      store = await subject.reopen()
      recovered = await store.open()
    }

    test('is empty at first', () => {
      expect(recovered.hardState).toEqual({ term: 0, votedFor: undefined })
      expect(recovered.log).toMatchObject({ snapshotIndex: 0, snapshotTerm: 0, firstIndex: 1, lastIndex: 0 })
      expect(recovered.configurations).toEqual([])
      expect(recovered.snapshots).toEqual([])
    })

    test('gives back what was appended, byte for byte', async () => {
      const all: Entry[] = [
        entry(1, 1, { type: entryType.configuration, data: configuration }),
        entry(2, 2, { type: entryType.noop, data: null }),
        entry(3, 2, { data: Buffer.alloc(0) }),
        entry(4, 2, { data: Buffer.from([0, 255, 10, 13]), extensions: Buffer.from([8, 77, 16, 1]) }),
        entry(5, 4, { data: Buffer.alloc(700_000, 'x'), appendedAtMs: 1_700_000_000_123 }),
      ]
      await store.append({ hardState: { term: 4, votedFor: 'b' }, entries: all })
      expect(await store.read(1, 5, 1e9)).toEqual(all)
      await reopen()
      expect(await store.read(1, 5, 1e9)).toEqual(all)
      expect(recovered.hardState).toEqual({ term: 4, votedFor: 'b' })
      expect(recovered.log).toMatchObject({ firstIndex: 1, lastIndex: 5 })
      expect(recovered.log.termRuns).toEqual([
        { from: 1, term: 1 },
        { from: 2, term: 2 },
        { from: 5, term: 4 },
      ])
      expect(recovered.log.tail).toEqual(all)
      expect(recovered.configurations).toEqual(all.slice(0, 1))
    })

    test('forgets a vote only when told of a new one', async () => {
      await store.append({ hardState: { term: 7, votedFor: 'a' }, entries: [] })
      await store.append({ entries: [entry(1, 7)] })
      await reopen()
      expect(recovered.hardState).toEqual({ term: 7, votedFor: 'a' })
      await store.append({ hardState: { term: 8, votedFor: undefined }, entries: [] })
      await reopen()
      expect(recovered.hardState).toEqual({ term: 8, votedFor: undefined })
    })

    test('replaces a tail in one step', async () => {
      await store.append({ hardState: term(3), entries: [entry(1, 1), entry(2, 1), entry(3, 1)] })
      await store.append({ truncateFrom: 2, entries: [entry(2, 3)] })
      await reopen()
      expect(recovered.log).toMatchObject({ firstIndex: 1, lastIndex: 2 })
      expect((await store.read(1, 9, 1e9)).map((each) => each.term)).toEqual([1, 3])
    })

    test('reads a range, up to a size', async () => {
      await store.append({ hardState: term(1), entries: series(1, 20) })
      expect(indexes(await store.read(5, 8, 1e9))).toEqual([5, 6, 7, 8])
      expect(indexes(await store.read(18, 30, 1e9))).toEqual([18, 19, 20])
      expect(indexes(await store.read(5, 20, 1))).toEqual([5])
      expect(await store.read(21, 30, 1e9)).toEqual([])
    })

    test('drops entries before an index', async () => {
      await store.append({ hardState: term(1), entries: series(1, 1200) })
      await snapshot(store, 1100)
      await store.compact(1001)
      expect(await store.read(1000, 1002, 1e9)).toEqual([])
      expect(indexes(await store.read(1001, 1002, 1e9))).toEqual([1001, 1002])
      await reopen()
      expect(recovered.log).toMatchObject({ snapshotIndex: 1100, firstIndex: 1001, lastIndex: 1200 })
    })

    test('keeps a snapshot once it is committed', async () => {
      await store.append({ hardState: term(3), entries: series(1, 10) })
      const writer = await store.beginSnapshot(meta(9, 1))
      await writer.write(Buffer.from('first, '))
      await writer.write(Buffer.from('second'))
      const stored = await writer.commit()
      expect(stored).toMatchObject({ index: 9, term: 1, sizeBytes: 13 })
      await reopen()
      expect(recovered.snapshots).toEqual([stored])
      expect(stored.configuration).toEqual(configuration)
      expect(await bytesOf(store, stored.id)).toBe('first, second')
    })

    test('forgets a snapshot that was not committed', async () => {
      const writer = await store.beginSnapshot(meta(9, 1))
      await writer.write(Buffer.from('half'))
      await reopen()
      expect(recovered.snapshots).toEqual([])
      const another = await store.beginSnapshot(meta(9, 1))
      await another.write(Buffer.from('half'))
      await another.abort()
      expect(await store.snapshots()).toEqual([])
    })

    test('lists snapshots newest first and keeps as many as told', async () => {
      await store.append({ hardState: term(1), entries: series(1, 9) })
      for (const index of [3, 5, 8]) await snapshot(store, index)
      expect((await store.snapshots()).map((each) => each.index)).toEqual([8, 5, 3])
      await store.keepSnapshots(2)
      expect((await store.snapshots()).map((each) => each.index)).toEqual([8, 5])
      const [newest] = await store.snapshots()
      expect(await bytesOf(store, newest!.id)).toBe('state at 8')
    })

    test('takes the snapshot that is furthest on for the newest, whenever it came', async () => {
      await store.append({ hardState: term(1), entries: series(1, 9) })
      await snapshot(store, 9)
      await snapshot(store, 4)
      expect((await store.snapshots()).map((each) => each.index)).toEqual([9, 4])
      await store.keepSnapshots(1)
      expect((await store.snapshots()).map((each) => each.index)).toEqual([9])
      await reopen()
      expect(recovered.snapshots.map((each) => each.index)).toEqual([9])
      expect(recovered.log.snapshotIndex).toBe(9)
    })

    test('starts behind a snapshot when the log was dropped for it', async () => {
      await store.append({ hardState: term(5), entries: series(1, 5) })
      await snapshot(store, 50, 4)
      await store.append({ truncateFrom: 1, entries: [] })
      await store.append({ entries: [entry(51, 5)] })
      await reopen()
      expect(recovered.log).toMatchObject({ snapshotIndex: 50, snapshotTerm: 4, firstIndex: 51, lastIndex: 51 })
    })

    test('says how large it is', async () => {
      await store.append({ hardState: term(1), entries: series(1, 100) })
      const sizes = await store.sizes()
      expect(sizes.entries).toBe(100)
      expect(sizes.fileBytes + sizes.walBytes).toBeGreaterThan(1000)
    })
  })
}

export function entry(index: number, ofTerm: number, other: Partial<Entry> = {}): Entry {
  const type: EntryType = entryType.command
  return { index, term: ofTerm, type, data: Buffer.from(`entry ${index}`), extensions: null, appendedAtMs: 0, ...other }
}

/** Entries `from` to `to` of term 1. */
export function series(from: number, to: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, at) => entry(from + at, 1))
}

export const configuration = encodeConfiguration([{ id: 'a', address: '10.0.0.1:8300', suffrage: 'voter' }])

function meta(index: number, ofTerm: number) {
  return { index, term: ofTerm, configuration, configurationIndex: 1 }
}

export async function snapshot(store: LogStore, index: number, ofTerm = 1): Promise<void> {
  const writer = await store.beginSnapshot(meta(index, ofTerm))
  await writer.write(Buffer.from(`state at ${index}`))
  await writer.commit()
}

async function bytesOf(store: LogStore, id: number): Promise<string> {
  let text = ''
  for await (const chunk of store.readSnapshot(id)) text += chunk.toString()
  return text
}

function term(number: number) {
  return { term: number, votedFor: undefined }
}

function indexes(entries: readonly Entry[]): number[] {
  return entries.map((each) => each.index)
}
