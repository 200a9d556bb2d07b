import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { inspectDatabase } from '../inspect.ts'
import { SqliteLogStore } from './sqlite.ts'

const child = fileURLToPath(new URL('./crash-child.fixture.ts', import.meta.url))

/** Kills the writer in the middle of its work, after it acknowledged `batches`. Returns the last acknowledged index. */
async function writeUntilKilled(path: string, batches: number): Promise<number> {
  const writer = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  let seen = 0
  for await (const chunk of writer.stdout) {
    printed += chunk
    seen = printed.split('\n').length - 1
    if (seen >= batches) writer.kill('SIGKILL')
  }
  const whole = printed.slice(0, printed.lastIndexOf('\n')).split('\n')
  return Number(whole.at(-1))
}

test('after kill -9 every acknowledged entry is there, and none is half there', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  const path = join(dir, 'raft.db')
  const random = seededRandom(2)
  let acknowledged = 0
  for (let round = 0; round < 20; round++) {
    acknowledged = await writeUntilKilled(path, 1 + random.below(60))
    // The WAL is as the crash left it; looking at it needs no repair first.
    expect(inspectDatabase(path).log?.lastIndex).toBeGreaterThanOrEqual(acknowledged)
    const store = new SqliteLogStore({ path })
    const { log } = await store.open()
    expect(log.lastIndex).toBeGreaterThanOrEqual(acknowledged)
    const last = await store.read(Math.max(1, log.lastIndex - 500), log.lastIndex, 1e9)
    for (const entry of last) expect(entry.data?.toString()).toBe(`value of ${entry.index}`)
    await store.close()
  }
  expect(acknowledged).toBeGreaterThan(100)
  rmSync(dir, { recursive: true })
}, 60_000)
