import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { proconsul } from '../cluster/agent-process.ts'
import { notYet, play, playableSuites, suitesFolder, surprises } from './play.ts'

/**
 * Plays the recorded behaviour of Consul (runner/README.md) against a real agent. `not-yet.json` names the cases that are
 * known not to pass, each with what it needs; a case that does pass fails the test as well, so that the list stays true.
 * Suites of features that are not there at all are not played here: `npm run conformance` plays everything.
 */

const scratch = mkdtempSync(join(tmpdir(), 'proconsul-conformance-'))

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Suites run beside one another, so each takes its ports from a range of its own. */
const firstPort = 24_000
const portsPerSuite = 60

describe.concurrent('recorded behaviour', () => {
  test.for(playableSuites)('%s', { timeout: 300_000 }, async (file) => {
    const results = await play({
      agent: `${proconsul} agent`,
      suites: [join(suitesFolder, file)],
      ports: { from: firstPort + playableSuites.indexOf(file) * portsPerSuite, count: portsPerSuite },
      out: join(scratch, file),
    })
    expect(surprises(results, notYet.cases)).toEqual({ fails: [], passesAndIsListed: [] })
  })
})
