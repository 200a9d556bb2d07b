import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runSeeds, type Totals } from '../test/simulation/run-seeds.ts'
import { simulate } from '../test/simulation/simulate.ts'

/**
 * Runs simulated clusters, or one of them aloud (docs/determinism.md):
 *
 *     npm run simulate -- --seeds 10000 --from 1     on all cores; prints the seeds that failed
 *     npm run simulate -- --seed 312 --trace         one seed, each of its events a line
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

if (values.seed !== undefined) await one(numberOf('seed', values.seed))
else await many(numberOf('from', values.from), numberOf('seeds', values.seeds), numberOf('workers', values.workers))

async function one(seed: number): Promise<void> {
  try {
    const report = await simulate(seed, values.trace ? { trace: (line) => console.log(line) } : {})
    console.log(JSON.stringify(report, undefined, 2))
  } catch (error) {
    console.log((error as Error).message)
    console.log(((error as Error).cause as Error).stack)
    process.exitCode = 1
  }
}

async function many(from: number, count: number, workers: number): Promise<void> {
  const startedAtMs = performance.now()
  let toldAtMs = startedAtMs
  const progress = (done: number) => {
    const nowMs = performance.now()
    if (nowMs - toldAtMs < 2000) return
    toldAtMs = nowMs
    console.error(`${done} of ${count} seeds, ${((nowMs - startedAtMs) / done).toFixed(1)} ms each`)
  }
  const { seeds, totals, failures } = await runSeeds({ from, count, workers, progress })
  console.log(tableOf(totals))
  for (const { message } of failures) console.log(message)
  console.log(
    failures.length === 0
      ? `${seeds} seeds from ${from} on passed`
      : `${failures.length} of ${seeds} seeds failed; replay one with: npm run simulate -- --seed ${failures[0]!.seed} --trace`,
  )
  if (failures.length > 0) process.exitCode = 1
}

function tableOf(totals: Totals): string {
  return Object.keys(totals)
    .sort()
    .map((name) => `${name.padEnd(28)}${String(Math.round(totals[name]!)).padStart(14)}`)
    .join('\n')
}

function numberOf(option: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`--${option} takes a whole number, not "${text}"`)
}
