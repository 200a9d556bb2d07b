import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import { configuration, entry, series, snapshot } from './log-store.suite.ts'
import { SqliteLogStore } from './sqlite.ts'
import { storageErrorOf } from './sqlite-file.ts'

describe('a raft.db that cannot be used is refused and left as it is', () => {
  let dir: string
  let path: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
    path = join(dir, 'raft.db')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const refused = async (code: string, words: RegExp) => {
    const before = existsSync(path) ? readFileSync(path) : undefined
    const store = new SqliteLogStore({ path })
    const error = await store.open().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    await store.close()
    expect(error).toBeInstanceOf(ProconsulError)
    expect((error as ProconsulError).code).toBe(code)
    expect((error as ProconsulError).message).toMatch(words)
    expect((error as ProconsulError).message).toContain(path)
    if (before) expect(readFileSync(path).equals(before)).toBe(true)
  }

  const filled = async (entries = 300) => {
    const store = new SqliteLogStore({ path })
    await store.open()
    await store.append({ hardState: { term: 1, votedFor: 'a' }, entries: series(1, entries) })
    await snapshot(store, entries)
    await store.close()
  }

  const edit = (sql: string) => {
    const database = new Database(path)
    database.exec(sql)
    database.close()
  }

  test('text', async () => {
    writeFileSync(path, 'this is a shopping list, not a database\n'.repeat(200))
    await refused('raft_storage_foreign', /no SQLite database; it is left as it is. Move it away/)
  })

  test('an empty file', async () => {
    writeFileSync(path, '')
    await refused('raft_storage_corrupt', /empty/)
  })

  test("another program's database", async () => {
    const database = new Database(path)
    database.exec('CREATE TABLE cats (name)')
    database.close()
    await refused('raft_storage_foreign', /another program/)
  })

  test('a newer format', async () => {
    await filled()
    edit("UPDATE meta SET value = 2 WHERE key = 'format_version'")
    await refused('raft_storage_newer', /format version 2, this program knows 1/)
  })

  test.for([100, 600, 4096, 9000, 20_000])('one cut off at %i bytes', async (sizeBytes) => {
    await filled()
    truncateSync(path, sizeBytes)
    await refused('raft_storage_corrupt', /damaged/)
  })

  test('one whose pages were overwritten', async () => {
    await filled()
    const bytes = readFileSync(path)
    bytes.fill(0x5a, 8192, bytes.length - 4096)
    writeFileSync(path, bytes)
    await refused('raft_storage_corrupt', /damaged/)
  })

  test('one entry of which was changed', async () => {
    await filled()
    edit('UPDATE log SET data = \'entry 7x\' WHERE "index" = 299'.replace("'entry 7x'", "x'00'"))
    await refused('raft_storage_corrupt', /entry 299 is not what was written/)
  })

  test('one with a hole in its log', async () => {
    await filled()
    edit('DELETE FROM log WHERE "index" = 150')
    await refused('raft_storage_corrupt', /of entries 1 to 300 only 299/)
  })

  test('one with a hole between snapshot and log', async () => {
    await filled()
    edit('DELETE FROM snapshots; DELETE FROM log WHERE "index" < 100')
    await refused('raft_storage_corrupt', /entries 1 to 99 are in neither/)
  })

  test('one without its companion file is refused where that shows', async () => {
    await filled()
    copyFileSync(path, `${path}-wal`)
    rmSync(path)
    await refused('raft_storage_corrupt', /is missing, but its companion/)
  })

  test('one that is a directory', async () => {
    mkdirSync(path)
    const store = new SqliteLogStore({ path })
    await expect(store.open()).rejects.toThrow(ProconsulError)
    await store.close()
  })

  test('one in a directory that is not there', async () => {
    path = join(dir, 'missing', 'raft.db')
    await refused('raft_storage_unwritable', /give the user that runs the agent the right/)
  })

  test.for([
    ['SQLITE_READONLY', 'raft_storage_unwritable'],
    ['EACCES', 'raft_storage_unwritable'],
    ['SQLITE_FULL', 'raft_storage_full'],
    ['SQLITE_BUSY', 'raft_storage_busy'],
    ['SQLITE_IOERR_FSYNC', 'raft_storage_failed'],
  ])('%s is reported as %s', ([cause, code]) => {
    const error = storageErrorOf(path, Object.assign(new Error('as SQLite says'), { code: cause }))
    expect(error).toMatchObject({ code, temporary: cause === 'SQLITE_FULL' || cause === 'SQLITE_BUSY' })
    expect(error.message).toContain(path)
  })

  test('a snapshot of which was changed fails when it is read', async () => {
    await filled()
    edit("UPDATE snapshot_chunks SET data = x'0011223344556677889900112233'")
    const store = new SqliteLogStore({ path })
    const { snapshots } = await store.open()
    const read = async () => {
      for await (const chunk of store.readSnapshot(snapshots[0]!.id)) expect(chunk.length).toBeGreaterThan(0)
    }
    await expect(read()).rejects.toMatchObject({ code: 'raft_snapshot_corrupt' })
    await store.close()
  })
})

test('on a full disk a batch fails as a whole, what was acknowledged stays, and later batches may succeed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  const path = join(dir, 'raft.db')
  const store = new SqliteLogStore({ path, sizeBytesMax: 400_000 })
  await store.open()
  const big = (index: number) => entry(index, 1, { data: Buffer.alloc(20_000, 'x') })
  await store.append({
    hardState: { term: 1, votedFor: undefined },
    entries: [entry(1, 1, { type: 5, data: configuration })],
  })
  let acknowledged = 1
  let failure: unknown
  for (let index = 2; failure === undefined && index < 100; index += 2) {
    try {
      await store.append({ entries: [big(index), big(index + 1)] })
      acknowledged = index + 1
    } catch (error) {
      failure = error
    }
  }
  expect(failure).toMatchObject({ code: 'raft_storage_full', temporary: true })
  expect(String(failure)).toContain('the disk is full; free some space')
  await store.append({ entries: [entry(acknowledged + 1, 1)] })
  await store.close()

  const again = new SqliteLogStore({ path })
  const { log } = await again.open()
  expect(log.lastIndex).toBe(acknowledged + 1)
  expect(acknowledged).toBeGreaterThan(10)
  await again.close()
  rmSync(dir, { recursive: true })
})
