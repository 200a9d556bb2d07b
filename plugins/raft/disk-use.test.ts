import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { StateMachine } from './contract.ts'
import { startDriver } from './driver.fixture.ts'
import { SqliteLogStore } from './storage/sqlite.ts'

const keys = 200
const valueBytes = 20_000
const liveBytes = keys * valueBytes
const rounds = 20

/** Keeps the last value of each key: a command is the key's number in its first two bytes, and a value. */
class KeyedMachine implements StateMachine {
  readonly #values = new Map<number, Buffer>()

  apply(_index: number, _term: number, data: Buffer): unknown {
    this.#values.set(data.readUInt16BE(), data)
    return undefined
  }

  snapshot() {
    return { records: records([...this.#values.values()]) }
  }

  async restore(): Promise<void> {
    throw new Error('nothing is restored here')
  }
}

/** An empty map as header, then each value as type byte 2 and a msgpack raw string. */
function* records(values: readonly Buffer[]): Generator<Buffer> {
  yield Buffer.of(0x80)
  for (const value of values) yield Buffer.concat([Buffer.of(2, 0xda, value.length >> 8, value.length & 255), value])
}

let dir: string
afterEach(() => rmSync(dir, { recursive: true }))

test('raft.db stops growing while 20 times the live data are written', { timeout: 60_000 }, async () => {
  dir = mkdtempSync(join(tmpdir(), 'proconsul-raft-'))
  const path = join(dir, 'raft.db')
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const { driver, clock, told } = await startDriver({
    store: new SqliteLogStore({ path }),
    machine: new KeyedMachine(),
    snapshots: { thresholdEntries: keys, intervalMs: 30_000, trailingEntries: keys / 4, keep: 2 },
  })
  await until(() => driver.leads)
  const largest: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = driver.lastSnapshot.index
    const values = Array.from({ length: keys }, (_, key) => {
      const value = Buffer.alloc(valueBytes, `round ${round} `)
      value.writeUInt16BE(key)
      return value
    })
    let most = 0
    const measure = () => {
      most = Math.max(most, sizeOf(path) + sizeOf(`${path}-wal`))
    }
    for (let at = 0; at < keys; at += 20) {
      await Promise.all(values.slice(at, at + 20).map((value) => driver.propose(value)))
      measure()
    }
    await clock.advance(60_000)
    await until(() => {
      measure()
      return driver.lastSnapshot.index > before
    })
    largest.push(most)
  }
  await driver.stop()
  expect(told.filter((line) => line.includes('failed'))).toEqual([])
  // Two snapshots, the next one, the log behind it and room for the next writes; beside the WAL, which has a size of its own.
  expect(sizeOf(path)).toBeLessThan(6 * liveBytes)
  expect(Math.max(...largest.slice(5))).toBeLessThan(1.25 * Math.max(...largest.slice(0, 5)))
  expect(Math.max(...largest)).toBeLessThan(12 * liveBytes)
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
