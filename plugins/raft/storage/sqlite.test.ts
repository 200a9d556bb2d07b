import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { entryType } from '../core/messages.ts'
import { configuration, entry, logStoreSuite, series, snapshot } from './log-store.suite.ts'
import { SqliteLogStore } from './sqlite.ts'

logStoreSuite('SQLite', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  const options = { path: join(dir, 'raft.db') }
  let store = new SqliteLogStore(options)
  return {
    store,
    async reopen() {
      await store.close()
      store = new SqliteLogStore(options)
      return store
    },
    async remove() {
      await store.close()
      rmSync(dir, { recursive: true })
    },
  }
})

describe('raft.db', () => {
  let dir: string
  let path: string
  let store: SqliteLogStore

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
    path = join(dir, 'raft.db')
    store = new SqliteLogStore({ path })
    await store.open()
  })
  afterEach(async () => {
    await store.close()
    rmSync(dir, { recursive: true })
  })

  test('reads well in a shell while it is in use', async () => {
    await store.append({
      hardState: { term: 2, votedFor: 'a' },
      entries: [
        entry(1, 1, { type: entryType.configuration, data: configuration }),
        entry(2, 2, { type: entryType.noop, data: null }),
        entry(3, 2, { data: Buffer.from([2, 0x80]), appendedAtMs: 1_700_000_000_123 }),
        entry(4, 2, { data: Buffer.from([0x86, 0x90]) }),
      ],
    })
    const shell = new Database(path, { readonly: true })
    const rows = (sql: string) => shell.prepare(sql).all()
    expect(rows('SELECT "index", kind, command, appended FROM entries')).toMatchObject([
      { index: 1, kind: 'configuration', command: null },
      { index: 2, kind: 'no-op', command: null },
      { index: 3, kind: 'command', command: 'kvs', appended: '2023-11-14 22:13:20.123' },
      { index: 4, kind: 'command', command: 'coordinate-batch-update' },
    ])
    expect(rows('SELECT * FROM votes')).toEqual([{ term: 2, voted_for: 'a' }])
    expect(rows('SELECT * FROM peers')).toEqual([
      { id: 'a', address: '10.0.0.1:8300', suffrage: 'voter', since_index: 1 },
    ])
    expect(rows('SELECT * FROM overview')).toMatchObject([
      { term: 2, first_index: 1, last_index: 4, peers: '10.0.0.1:8300' },
    ])
    shell.close()
  })

  test('forgets the membership of a tail that is replaced', async () => {
    const other = entry(3, 1, { type: entryType.configuration, data: Buffer.from([0x80]) })
    const first = entry(1, 1, { type: entryType.configuration, data: configuration })
    await store.append({ hardState: { term: 1, votedFor: undefined }, entries: [first, entry(2, 1), other] })
    await store.append({ truncateFrom: 2, entries: [entry(2, 1)] })
    const shell = new Database(path, { readonly: true })
    expect(shell.prepare('SELECT since_index FROM peers').all()).toEqual([{ since_index: 1 }])
    shell.close()
  })

  test('is synced at every commit', async () => {
    // Only the connection of the worker knows; the setting is part of what openDatabase does.
    const { openDatabase } = await import('./sqlite-file.ts')
    const database = openDatabase({ path })
    expect(database.pragma('synchronous', { simple: true })).toBe(2)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    database.close()
  })

  test('stops growing under endless overwrites', async () => {
    const value = Buffer.alloc(2000, 'v')
    await store.append({ hardState: { term: 1, votedFor: undefined }, entries: [] })
    let largest = 0
    for (let round = 0; round < 40; round++) {
      const from = round * 1000 + 1
      const entries = series(from, from + 999).map((each) => ({ ...each, data: value }))
      for (let at = 0; at < 1000; at += 100) await store.append({ entries: entries.slice(at, at + 100) })
      await snapshot(store, from + 999)
      await store.keepSnapshots(2)
      await store.compact(from + 500)
      const { fileBytes, walBytes } = await store.sizes()
      largest = Math.max(largest, fileBytes + walBytes)
    }
    // 80 MB were written; what lives is 1 MB, the file keeps some room and the WAL its 16 MiB.
    expect(largest).toBeLessThan(40e6)
  }, 60_000)

  test('gives space back once most of it is free', async () => {
    const value = Buffer.alloc(50_000, 'v')
    await store.append({
      hardState: { term: 1, votedFor: undefined },
      entries: series(1, 1000).map((each) => ({ ...each, data: value })),
    })
    await snapshot(store, 1000)
    const before = (await store.sizes()).fileBytes
    await store.compact(1000)
    const after = await store.sizes()
    expect(before).toBeGreaterThan(20e6)
    expect(after.freeBytes).toBeLessThan(10e6)
  }, 60_000)
})
