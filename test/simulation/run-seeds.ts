import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SimulationReport } from './simulate.ts'

export interface SeedRun {
  readonly from: number
  readonly count: number
  /** Processes that work beside each other. */
  readonly workers: number
  /** File of another core than the product's. */
  readonly coreFile?: string | undefined
  /** Ends all work at the first failure. */
  readonly stopAtFirst?: boolean
  /** Told from time to time how many seeds are done. */
  readonly progress?: (done: number, totals: Totals) => void
}

/** What a worker is asked: these seeds, one after another. */
export interface Share {
  readonly from: number
  readonly count: number
}

export interface Failure {
  readonly seed: number
  readonly message: string
}

/** What a worker answers. */
export interface ShareDone {
  readonly totals: Totals
  readonly failures: readonly Failure[]
}

/** Sums over runs, by name. */
export type Totals = Record<string, number>

export interface SeedRunResult {
  readonly seeds: number
  readonly totals: Totals
  readonly failures: readonly Failure[]
}

const shareSeeds = 20

/** Runs many seeds on several processes. Which process runs which seed makes no difference to any of them. */
export async function runSeeds(run: SeedRun): Promise<SeedRunResult> {
  const totals: Totals = {}
  const failures: Failure[] = []
  let next = run.from
  let seeds = 0
  const end = run.from + run.count
  const children = new Set<ChildProcess>()
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const file = fileURLToPath(new URL('./seed-worker.ts', import.meta.url))
      const child = fork(file, run.coreFile === undefined ? [] : [run.coreFile])
      children.add(child)
      let finished = false
      const ask = () => {
        if (next >= end || (run.stopAtFirst && failures.length > 0)) {
          finished = true
          child.disconnect()
          return
        }
        const share: Share = { from: next, count: Math.min(shareSeeds, end - next) }
        next += share.count
        child.send(share)
      }
      child.on('message', (done: ShareDone) => {
        addTo(totals, done.totals)
        failures.push(...done.failures)
        seeds += (done.totals.runs ?? 0) + done.failures.length
        run.progress?.(seeds, totals)
        ask()
      })
      child.on('error', reject)
      child.on('exit', (code) => {
        children.delete(child)
        if (finished) resolve()
        else reject(new Error(`a worker of the simulation ended with code ${code}`))
      })
      ask()
    })
  try {
    await Promise.all(Array.from({ length: run.workers }, work))
  } finally {
    for (const child of children) child.kill()
  }
  return { seeds, totals, failures: failures.sort((a, b) => a.seed - b.seed) }
}

/** Flattens a report into sums. */
export function totalsOf(report: SimulationReport): Totals {
  const { steps, committed, terms, virtualMs, undecided, network, servers, faults, requests } = report
  const totals: Totals = { runs: 1, steps, committed, terms, virtualMs, undecided }
  for (const [prefix, counts] of Object.entries({ network, servers, faults, requests })) {
    for (const [name, count] of Object.entries(counts)) totals[`${prefix}.${name}`] = count
  }
  return totals
}

export function addTo(sums: Totals, more: Totals): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count
}
