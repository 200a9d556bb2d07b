import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

interface Lists {
  readonly suites: Readonly<Record<string, string>>
  readonly cases: Readonly<Record<string, string>>
}

/** Suites and cases (`suite/case`) that cannot pass yet, each with what it needs. */
export const notYet = JSON.parse(readFileSync(join(here, 'not-yet.json'), 'utf8')) as Lists

export const suitesFolder = join(here, 'suites')

/** File names of the suites whose features are there. */
export const playableSuites: readonly string[] = readdirSync(suitesFolder)
  .filter((file) => !(file.replace('.json', '') in notYet.suites))
  .sort()

export interface Play {
  /** Starts an agent; the runner appends `-config-file FILE`. */
  readonly agent: string
  readonly suites: readonly string[]
  readonly ports: { readonly from: number; readonly count: number }
  /** A file for the results. */
  readonly out: string
  readonly startTimeoutMs?: number
}

export interface CaseResult {
  /** `suite/case`. */
  readonly id: string
  readonly ok: boolean
}

/** Plays suites (paths of files) with the runner. Rejects when that fails itself; failing cases are in the results. */
export function play({ agent, suites, ports, out, startTimeoutMs = 30_000 }: Play): Promise<CaseResult[]> {
  const args = [
    join(here, 'runner', 'run.mjs'),
    ...['--agent', agent],
    '--quiet',
    ...['--ports', `${ports.from}-${ports.from + ports.count - 1}`],
    ...['--start-timeout', String(startTimeoutMs)],
    ...['--out', out],
    ...suites,
  ]
  return new Promise((resolve, reject) => {
    // The exit status is 1 when a case fails, which the report says better; without a report the runner itself failed.
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      try {
        resolve(resultsIn(JSON.parse(readFileSync(out, 'utf8'))))
      } catch {
        reject(new Error(`the runner left no report: ${error?.message ?? ''}\n${stdout}\n${stderr}`))
      }
    })
  })
}

interface Report {
  readonly suites: readonly { readonly suite: string; readonly cases: readonly { name: string; ok: boolean }[] }[]
}

function resultsIn({ suites }: Report): CaseResult[] {
  return suites.flatMap(({ suite, cases }) => cases.map(({ name, ok }) => ({ id: `${suite}/${name}`, ok })))
}

export interface Surprises {
  readonly fails: readonly string[]
  readonly passesAndIsListed: readonly string[]
}

/** Where results and the list of cases that do not pass disagree. */
export function surprises(results: readonly CaseResult[], listed: Readonly<Record<string, string>>): Surprises {
  return {
    fails: results.filter(({ id, ok }) => !ok && !(id in listed)).map(({ id }) => id),
    passesAndIsListed: results.filter(({ id, ok }) => ok && id in listed).map(({ id }) => id),
  }
}
