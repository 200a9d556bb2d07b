import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

/**
 * Plays the recorded behaviour of Consul (runner/README.md) against a real agent. `not-yet.json` names the cases that are
 * known not to pass, each with what it needs; a case that does pass fails the test as well, so that the list stays true.
 * Suites of features that are not there at all are not played here: `npm run conformance` plays everything.
 */

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..', '..')
const notYet = JSON.parse(readFileSync(join(here, 'not-yet.json'), 'utf8')) as {
  readonly suites: Readonly<Record<string, string>>
  readonly cases: Readonly<Record<string, string>>
}
const suites = readdirSync(join(here, 'suites'))
  .filter((file) => !(file.replace('.json', '') in notYet.suites))
  .sort()
const scratch = mkdtempSync(join(tmpdir(), 'proconsul-conformance-'))

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Report {
  readonly suites: readonly { readonly suite: string; readonly cases: readonly { name: string; ok: boolean }[] }[]
}

/** Suites run beside one another, so each takes its ports from a range of its own. */
const firstPort = 24_000
const portsPerSuite = 60

function play(file: string): Promise<Report> {
  const from = firstPort + suites.indexOf(file) * portsPerSuite
  const out = join(scratch, file)
  const args = [
    join(here, 'runner', 'run.mjs'),
    '--agent',
    `${join(root, 'bin', 'proconsul')} agent`,
    '--quiet',
    '--ports',
    `${from}-${from + portsPerSuite - 1}`,
    '--out',
    out,
    join(here, 'suites', file),
  ]
  return new Promise((resolve, reject) => {
    // The exit status is 1 when a case fails, which the report says better; without a report the runner itself failed.
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(readFileSync(out, 'utf8')) as Report)
      } catch {
        reject(new Error(`the runner left no report: ${error?.message ?? ''}\n${stdout}\n${stderr}`))
      }
    })
  })
}

describe.concurrent('recorded behaviour', () => {
  test.for(suites)('%s', { timeout: 300_000 }, async (file) => {
    const report = await play(file)
    const cases = report.suites.flatMap(({ suite, cases }) =>
      cases.map(({ name, ok }) => ({ id: `${suite}/${name}`, ok })),
    )
    expect({
      fails: cases.filter(({ id, ok }) => !ok && !(id in notYet.cases)).map(({ id }) => id),
      passesAndIsListedAsNotYet: cases.filter(({ id, ok }) => ok && id in notYet.cases).map(({ id }) => id),
    }).toEqual({ fails: [], passesAndIsListedAsNotYet: [] })
  })
})
