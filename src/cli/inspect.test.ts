import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { series } from '../../plugins/raft/storage/log-store.suite.ts'
import { SqliteLogStore } from '../../plugins/raft/storage/sqlite.ts'
import { runInspect } from './inspect.ts'

describe('proconsul inspect', () => {
  let dir: string
  let path: string
  let printed: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'proconsul-inspect-'))
    path = join(dir, 'raft.db')
    printed = ''
    const write = (text: string | Uint8Array) => {
      printed += text
      return true
    }
    vi.spyOn(process.stdout, 'write').mockImplementation(write)
    vi.spyOn(process.stderr, 'write').mockImplementation(write)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(dir, { recursive: true })
  })

  test('prints a report, or the same as JSON', async () => {
    const store = new SqliteLogStore({ path })
    await store.open()
    await store.append({ hardState: { term: 1, votedFor: 'a' }, entries: series(1, 30) })
    expect(await runInspect([path])).toBe(0)
    expect(printed).toMatch(/^Term +1, voted for a$/m)
    expect(printed).toMatch(/^Log +entries 1 to 30, last of term 1$/m)
    printed = ''
    expect(await runInspect(['-format=json', '-entries', '2', path])).toBe(0)
    expect(JSON.parse(printed)).toMatchObject({ log: { lastIndex: 30 }, entries: [{ index: 29 }, { index: 30 }] })
    await store.close()
  })

  test.for([
    [[], 'which file?'],
    [['a', 'b'], 'one file at a time'],
    [['-format=yaml', 'a'], '-format must be text or json, not "yaml"'],
    [['-entries=-1', 'a'], '-entries must be a number'],
    [['-verbose', 'a'], 'inspect has no flag -verbose'],
  ] as const)('%s is refused', async ([args, words]) => {
    expect(await runInspect(args)).toBe(1)
    expect(printed).toContain(words)
  })

  test('refuses what is no raft.db', async () => {
    await expect(runInspect([path])).rejects.toThrow('there is no such file')
    writeFileSync(path, 'no database'.repeat(100))
    await expect(runInspect([path])).rejects.toThrow('is no SQLite database')
  })
})
