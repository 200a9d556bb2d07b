import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { notYet, play, suitesFolder, surprises } from './play.ts'
import { clientAgent, clientStartTimeoutMs, notThroughClient, writeSuiteSeenFromClient } from './seen-from-client.ts'

/** A few suites through a client of three servers; `npm run conformance:client` plays all that make sense. */
const suites = ['agent-services.json', 'catalog-register.json', 'health.json', 'session-basics.json']

const scratch = mkdtempSync(join(tmpdir(), 'proconsul-through-client-'))
/** Behind those of the other tests that play suites. */
const firstPort = 29_000
const portsPerSuite = 60

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.concurrent('recorded behaviour through a client of three servers', () => {
  test.for(suites)('%s', { timeout: 300_000 }, async (file) => {
    const results = await play({
      agent: clientAgent,
      suites: [writeSuiteSeenFromClient(join(suitesFolder, file), scratch)],
      ports: { from: firstPort + suites.indexOf(file) * portsPerSuite, count: portsPerSuite },
      out: join(scratch, `${file}.out`),
      startTimeoutMs: clientStartTimeoutMs,
    })
    const listed = { ...notYet.cases, ...notThroughClient }
    expect(surprises(results, listed)).toEqual({ fails: [], passesAndIsListed: [] })
  })
})
