import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDataDir } from '../../plugins/node/data-dir.ts'
import { encodeConfiguration } from '../../plugins/raft/core/configuration.ts'
import type { Entry } from '../../plugins/raft/core/messages.ts'
import { inspectDatabase } from '../../plugins/raft/inspect.ts'
import { SqliteLogStore } from '../../plugins/raft/storage/sqlite.ts'
import { runRecover } from './operator-recover.ts'
import { run } from './run.ts'

const idOf = (number: number) => `a0000000-0000-4000-8000-00000000000${number}`
const membership = [1, 2, 3].map((number) => ({
  id: idOf(number),
  address: `10.0.0.${number}:8300`,
  suffrage: 'voter' as const,
}))

let base: string
let printed: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'proconsul-recover-'))
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
  rmSync(base, { recursive: true })
})

/** The data directory of a server whose log holds entries of these terms, the first with the membership. */
async function server(number: number, terms: readonly number[]): Promise<string> {
  const dir = join(base, `server-${number}`)
  mkdirSync(dir)
  writeFileSync(join(dir, 'node-id'), idOf(number))
  const store = new SqliteLogStore({ path: join(dir, 'raft.db') })
  await store.open()
  const entries = terms.map(
    (term, at): Entry => ({
      index: at + 1,
      term,
      type: at === 0 ? 5 : 0,
      data: at === 0 ? encodeConfiguration(membership) : Buffer.from(`${term} ${at}`),
      extensions: null,
      appendedAtMs: 0,
    }),
  )
  await store.append({ hardState: { term: Math.max(1, ...terms), votedFor: undefined }, entries })
  await store.close()
  return dir
}

const peersOf = (dir: string) => inspectDatabase(join(dir, 'raft.db')).peers?.servers.map(({ address }) => address)
const answer = (text: string) => Readable.from([text])

describe('proconsul operator recover', () => {
  test('shows what there is and what would be lost, and changes it after a yes', async () => {
    const one = await server(1, [1, 2, 2, 2, 4])
    const two = await server(2, [1, 2, 2, 3, 3, 3])
    expect(await runRecover([one, two], answer('yes\n'))).toBe(0)
    expect(printed).toMatch(new RegExp(`${one} +${idOf(1)} +5 +4 +-`))
    expect(printed).toMatch(new RegExp(`${two} +${idOf(2)} +6 +3 +-`))
    expect(printed).toContain(`No longer members: \n${idOf(3)} at 10.0.0.3:8300`)
    expect(printed).toContain('everything behind entry 5 of term 4')
    expect(printed).toContain(`${two} lacks the last 2, which it gets from ${one}; its own last 3 contradict them`)
    for (const dir of [one, two]) expect(peersOf(dir)).toEqual(['10.0.0.1:8300', '10.0.0.2:8300'])
    expect(inspectDatabase(join(two, 'raft.db')).log).toMatchObject({ lastIndex: 6, lastTerm: 3 })
  })

  test.for(['no\n', '', 'maybe\n'])('changes nothing when the answer is %j', async (text) => {
    const dir = await server(1, [1, 2])
    expect(await runRecover([dir], answer(text))).toBe(1)
    expect(printed).toContain('Nothing was changed.')
    expect(peersOf(dir)).toHaveLength(3)
  })

  test('takes in servers whose directories are elsewhere, without asking', async () => {
    const dir = await server(1, [1, 2])
    const flags = ['-yes', `-server=${idOf(1)}=10.9.0.1:8300`, `-server=${idOf(2)}=10.9.0.2:8300`]
    expect(await run(['operator', 'recover', ...flags, dir])).toBe(0)
    expect(peersOf(dir)).toEqual(['10.9.0.1:8300', '10.9.0.2:8300'])
  })

  test('refuses directories that are in use, empty or of one server', async () => {
    const dir = await server(1, [1, 2])
    const held = openDataDir(dir)
    await expect(runRecover(['-yes', dir])).rejects.toThrow('in use by another agent')
    held.close()
    await expect(runRecover(['-yes', base])).rejects.toThrow('it has no node-id')
    await expect(runRecover(['-yes', await server(2, [])])).rejects.toThrow('never was part of a cluster')
    await expect(runRecover(['-yes', `-server=x`, dir])).rejects.toThrow('must be ID=ADDRESS')
    expect(peersOf(dir)).toHaveLength(3)
    expect(readdirSync(dir)).toContain('raft.db')
  })

  test('says how it is used', async () => {
    expect(await run(['operator', 'recover', '-help'])).toBe(0)
    expect(await run(['operator', 'recover'])).toBe(1)
    expect(await run(['operator', 'nonsense'])).toBe(127)
    expect(printed).toContain('which data directories?')
    expect(printed).toContain('operator has no command nonsense')
  })
})
