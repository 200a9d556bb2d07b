import { scratchDir } from '../../test/cluster/agent-process.ts'
import type { BareSqlite } from '../bare/sqlite.ts'
import { Child } from '../child.ts'
import type { Finding, Measurement } from '../measurement.ts'
import { median } from '../rounds.ts'

/** What the platform gives at best: no durable write can be cheaper than its share of such a transaction. */
export const sqliteLimit: Measurement = {
  name: 'sqlite-limit',
  async measure({ roundMs, rounds, progress }) {
    using dir = scratchDir()
    using bare = new Child<BareSqlite>(new URL('../bare/sqlite.ts', import.meta.url))
    const findings: Finding[] = []
    for (const inserts of [1, 64]) {
      const perSecond: number[] = []
      for (let round = 0; round < Math.min(rounds, 3); round++) {
        perSecond.push(await bare.call('run', dir.path, inserts, roundMs / 2))
        progress(`SQLite: ${Math.round(perSecond.at(-1)!)}/s of ${inserts}`)
      }
      const value = median(perSecond)
      findings.push({
        name: `sqlite-${inserts}`,
        title: `SQLite durable transactions of ${inserts} insert${inserts === 1 ? '' : 's'} (the limit)`,
        bare: { value, unit: '/s' },
        notes: inserts === 1 ? [] : [`${Math.round(value * inserts)} inserts/s`],
        rounds: perSecond,
      })
    }
    return findings
  },
}
