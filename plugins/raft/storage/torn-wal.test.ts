import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import { type Entry, entryType } from '../core/messages.ts'
import { SqliteLogStore } from './sqlite.ts'

/** Of SQLite's write-ahead log (sqlite.org/fileformat2.html#walformat). */
const walHeaderBytes = 32
const frameHeaderBytes = 24

const scratch = mkdtempSync(join(tmpdir(), 'proconsul-torn-'))
afterAll(() => rmSync(scratch, { recursive: true }))

let original: string
let wal: Buffer
let frameBytes: number
let frames: number
/** What a store may hold: after each batch, where its log ends and its ballot. Nothing else was ever true. */
const history: string[] = []
const entries: Entry[] = []

const summary = (
  lastIndex: number,
  lastTerm: number,
  { term, votedFor }: { term: number; votedFor: string | undefined },
) => JSON.stringify({ lastIndex, lastTerm, term, votedFor })

/** A store that was killed: six batches, one of which replaces a tail, in the file and its write-ahead log. */
beforeAll(async () => {
  original = join(scratch, 'original')
  mkdirSync(original)
  const store = new SqliteLogStore({ path: join(original, 'raft.db') })
  await store.open()
  history.push(summary(0, 0, { term: 0, votedFor: undefined }))
  for (let batch = 1; batch <= 6; batch++) {
    const hardState = { term: batch, votedFor: `server-${batch % 3}` }
    const truncateFrom = batch === 4 ? 5 : undefined
    const from = truncateFrom ?? entries.length + 1
    const data = Buffer.alloc(batch === 5 ? 9000 : 40, batch)
    const added = [0, 1].map((at): Entry => {
      const index = from + at
      return { index, term: batch, type: entryType.command, data, extensions: null, appendedAtMs: 0 }
    })
    await store.append({ hardState, truncateFrom, entries: added })
    entries.splice(from - 1)
    entries.push(...added)
    history.push(summary(entries.length, batch, hardState))
  }
  mkdirSync(join(scratch, 'killed'))
  for (const name of ['raft.db', 'raft.db-wal']) copyFileSync(join(original, name), join(scratch, 'killed', name))
  await store.close()
  original = join(scratch, 'killed')
  wal = readFileSync(join(original, 'raft.db-wal'))
  frameBytes = frameHeaderBytes + wal.readUInt32BE(8)
  frames = Math.floor((wal.length - walHeaderBytes) / frameBytes)
})

/** Opens the store with this write-ahead log. Says what it holds, or which error it was. */
async function open(name: string, bytes: Buffer): Promise<string> {
  const dir = join(scratch, name)
  mkdirSync(dir)
  copyFileSync(join(original, 'raft.db'), join(dir, 'raft.db'))
  writeFileSync(join(dir, 'raft.db-wal'), bytes)
  const store = new SqliteLogStore({ path: join(dir, 'raft.db') })
  try {
    const { log, hardState } = await store.open()
    const held = await store.read(1, log.lastIndex, Number.POSITIVE_INFINITY)
    expect(held.map(({ index }) => index)).toEqual(Array.from({ length: log.lastIndex }, (_, at) => at + 1))
    for (const { data, term } of held) expect(data!.every((byte) => byte === term)).toBe(true)
    return summary(log.lastIndex, held.at(-1)?.term ?? 0, hardState)
  } catch (error) {
    if (!(error instanceof ProconsulError)) throw error
    return error.message
  } finally {
    await store.close()
    rmSync(dir, { recursive: true })
  }
}

test('the whole of it is what was acknowledged', async () => {
  expect(frames).toBeGreaterThanOrEqual(6)
  expect(await open('whole', wal)).toBe(history.at(-1))
})

test('cut at, before and behind every boundary of a write, it is a prefix of what was acknowledged', {
  timeout: 180_000,
}, async () => {
  const found = new Set<string>()
  for (let frame = 0; frame <= frames; frame++) {
    const boundary = walHeaderBytes + frame * frameBytes
    for (const cut of [boundary - 1, boundary, boundary + frameHeaderBytes]) {
      if (cut > wal.length) continue
      const held = await open(`cut-${cut}`, wal.subarray(0, cut))
      expect(history, `cut at ${cut}`).toContain(held)
      found.add(held)
    }
  }
  // Every batch ends at one of them.
  expect(history.filter((state) => found.has(state)).length).toBeGreaterThanOrEqual(6)
})

test('a changed byte in any write leaves a prefix, or an error that says so, and never more', {
  timeout: 180_000,
}, async () => {
  for (let frame = 0; frame < frames; frame++) {
    for (const within of [16, frameHeaderBytes + 100]) {
      const bytes = Buffer.from(wal)
      bytes[walHeaderBytes + frame * frameBytes + within]! ^= 0x10
      const held = await open(`flip-${frame}-${within}`, bytes)
      if (!history.includes(held)) expect(held).toMatch(/raft\.db is (damaged|not a Raft log)/)
    }
  }
})
