import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaseResult, notYet, play, playableSuites, suitesFolder, surprises } from './play.ts'
import { clientAgent, clientStartTimeoutMs, notThroughClient, writeSuiteSeenFromClient } from './seen-from-client.ts'

/**
 * Plays the suites through a client of three servers, all or those that are named, and says what did not pass:
 *
 *     npm run conformance:client
 *     npm run conformance:client -- kv-basics health
 */
const named = process.argv.slice(2)
const suites = named.length === 0 ? playableSuites : named.map((name) => `${name}.json`)
const scratch = mkdtempSync(join(tmpdir(), 'proconsul-through-client-'))
const results: CaseResult[] = []
for (const file of suites) {
  const played = await play({
    agent: clientAgent,
    suites: [writeSuiteSeenFromClient(join(suitesFolder, file), scratch)],
    ports: { from: 26_000, count: 400 },
    out: join(scratch, `${file}.out`),
    startTimeoutMs: clientStartTimeoutMs,
  })
  results.push(...played)
  const passed = played.filter(({ ok }) => ok).length
  console.log(`${file.padEnd(28)} ${passed} of ${played.length}`)
}
rmSync(scratch, { recursive: true })

const count = (list: Readonly<Record<string, string>>) => results.filter(({ id, ok }) => !ok && id in list).length
const { fails, passesAndIsListed } = surprises(results, { ...notYet.cases, ...notThroughClient })
const passed = results.filter(({ ok }) => ok).length
console.log(`\n${passed} of ${results.length} cases pass through a client of three servers`)
console.log(`${count(notThroughClient)} cannot be the same through a client (not-through-client.json)`)
console.log(`${count(notYet.cases)} need what is not there yet (not-yet.json)`)
for (const id of fails) console.log(`FAILS: ${id}`)
for (const id of passesAndIsListed) console.log(`passes and is listed: ${id}`)
process.exitCode = fails.length + passesAndIsListed.length > 0 ? 1 : 0
