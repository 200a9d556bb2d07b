import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Latencies, type LatencySummary } from '../load/latencies.ts'
import { serveParent } from '../program.ts'

export type BareSqlite = typeof commands

const commands = {
  /** Durable transactions (WAL, synchronous=FULL) one after the other; returns how many a second. */
  run(dir: string, insertsPerTransaction: number, durationMs: number): number {
    const { transact, close } = open(dir, insertsPerTransaction)
    const beganAt = performance.now()
    let count = 0
    while (performance.now() - beganAt < durationMs) {
      transact()
      count++
    }
    const seconds = (performance.now() - beganAt) / 1000
    close()
    return count / seconds
  },

  /** The same with one insert each; returns how long they took. */
  latencies(dir: string, durationMs: number): LatencySummary {
    const { transact, close } = open(dir, 1)
    const latencies = new Latencies()
    const endsAt = performance.now() + durationMs
    for (let beganAt = performance.now(); beganAt < endsAt; ) {
      transact()
      const now = performance.now()
      latencies.add(now - beganAt)
      beganAt = now
    }
    close()
    return latencies.summary()
  },
}

function open(dir: string, insertsPerTransaction: number) {
  const database = new Database(join(dir, `bare-${insertsPerTransaction}.db`))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE IF NOT EXISTS entries (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL)')
  const insert = database.prepare('INSERT INTO entries (bytes) VALUES (?)')
  const bytes = randomBytes(200)
  const transact = database.transaction(() => {
    for (let i = 0; i < insertsPerTransaction; i++) insert.run(bytes)
  })
  transact()
  return { transact, close: () => database.close() }
}

serveParent(commands)
