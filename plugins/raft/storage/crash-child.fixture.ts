/** Appends without end to the raft.db it is given and prints the last index of each batch once it is acknowledged. */
import type { Entry } from '../core/messages.ts'
import { SqliteLogStore } from './sqlite.ts'

const store = new SqliteLogStore({ path: process.argv[2]! })
const { log } = await store.open()
let next = log.lastIndex + 1
await store.append({ hardState: { term: 1, votedFor: undefined }, entries: [] })
for (;;) {
  const entries: Entry[] = []
  for (let count = 0; count < 1 + (next % 7); count++) {
    const data = Buffer.from(`value of ${next}`)
    entries.push({ index: next++, term: 1, type: 0, data, extensions: null, appendedAtMs: 0 })
  }
  await store.append({ entries })
  process.stdout.write(`${next - 1}\n`)
}
