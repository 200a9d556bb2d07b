import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { blockingReaders } from './measure/blocking-readers.ts'
import { dnsA } from './measure/dns-a.ts'
import { gossip } from './measure/gossip.ts'
import { healthLarge } from './measure/health-large.ts'
import { healthRead } from './measure/health-read.ts'
import { kvGet } from './measure/kv-get.ts'
import { kvPut } from './measure/kv-put.ts'
import { kvPutThree } from './measure/kv-put-three.ts'
import { memory } from './measure/memory.ts'
import { putLatency } from './measure/put-latency.ts'
import { sqliteLimit } from './measure/sqlite-limit.ts'
import { start } from './measure/start.ts'
import { txn } from './measure/txn.ts'
import { watcherCost } from './measure/watchers.ts'
import { type Finding, type Measurement, meetsTarget, type Setting } from './measurement.ts'
import { summariseProfiles } from './profile.ts'
import { resultsPage } from './record.ts'
import { textTable } from './table.ts'

const measurements: readonly Measurement[] = [
  kvGet,
  healthRead,
  healthLarge,
  kvPut,
  kvPutThree,
  putLatency,
  txn,
  dnsA,
  blockingReaders,
  watcherCost,
  start,
  memory,
  gossip,
  sqliteLimit,
]

const usage = `npm run bench -- [flags]
  --quick         fewer and shorter rounds: under a minute
  --only NAME     one measurement, may be repeated: ${measurements.map(({ name }) => name).join(', ')}
  --json FILE     all figures of all rounds
  --record        write bench/results.md
  --profile DIR   CPU profiles of the agents, and a summary of each (the figures are worse then)`

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** One line that is written over again, where that can be seen; otherwise a line each. */
function progress(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`)
}

async function run(): Promise<void> {
  const unknown = flags.only.filter((name) => !measurements.some((it) => it.name === name))
  if (unknown.length > 0) {
    console.error(`There is no measurement ${unknown.join(', ')}.\n${usage}`)
    process.exitCode = 2
    return
  }

  const setting: Setting = {
    quick: flags.quick,
    rounds: flags.quick ? 3 : 7,
    roundMs: flags.quick ? 700 : 2_000,
    warmUpMs: flags.quick ? 700 : 2_000,
    profileDir: flags.profile,
    progress,
  }
  const machine = describeMachine(tmpdir())
  const findings: Finding[] = []
  const failures: { name: string; error: string }[] = []
  for (const { name, measure } of measurements) {
    if (flags.only.length > 0 && !flags.only.includes(name)) continue
    try {
      findings.push(...(await measure(setting)))
    } catch (error) {
      failures.push({ name, error: String(error) })
      progress(`${name} could not be measured: ${(error as Error).stack}\n`)
    }
  }
  progress('')

  const { processors, memoryGb, system, node, scratch, commit } = machine
  console.log(`${processors}, ${memoryGb} GB, ${system}, Node ${node}, ${scratch}, commit ${commit}`)
  console.log(`Load average before: ${machine.loadBefore}. Ratio: ours over bare, median (lowest–highest).\n`)
  console.log(textTable(findings))
  for (const { name, error } of failures) console.log(`${name}: NOT MEASURED: ${error}`)
  if (flags.json !== undefined) {
    const all = findings.map((finding) => ({ ...finding, met: meetsTarget(finding) ?? null }))
    writeFileSync(flags.json, `${JSON.stringify({ machine, quick: flags.quick, findings: all, failures }, null, 2)}\n`)
  }
  if (flags.profile !== undefined) summariseProfiles(flags.profile)
  if (flags.record) {
    writeFileSync(new URL('results.md', import.meta.url), resultsPage(findings, machine, flags.quick))
  }
  if (failures.length > 0) process.exitCode = 1
}

// Agents end with this process, also when somebody stops it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

if (flags.help) console.log(usage)
else await run()
