import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { serveParent } from '../program.ts'

export type BareSqlite = typeof commands

const commands = {
  /** Durable transactions (WAL, synchronous=FULL) one after the other; returns how many a second. */
  run(dir: string, insertsPerTransaction: number, durationMs: number): number {
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
    const beganAt = performance.now()
    let count = 0
    while (performance.now() - beganAt < durationMs) {
      transact()
      count++
    }
    const seconds = (performance.now() - beganAt) / 1000
    database.close()
    return count / seconds
  },
}

serveParent(commands)
