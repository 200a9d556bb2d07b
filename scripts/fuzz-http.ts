import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/testing/seeded-random.ts'
import { AttackedAgent } from './http-fuzz/attacked-agent.ts'
import { dropped, ended, pipelined } from './http-fuzz/exchange.ts'
import { Findings } from './http-fuzz/findings.ts'
import { mutated } from './http-fuzz/mutation.ts'
import { RequestMaker } from './http-fuzz/requests.ts'

/**
 * Sends requests of every kind to an agent in a process of its own: everything its OpenAPI document describes, with
 * anything in paths, queries, headers and bodies; one behind the other on a connection; cut off, changed byte by byte,
 * given up while they wait.
 *
 *     npm run fuzz:http -- --count 1000000 --seed 1
 *
 * Prints what was answered and the memory on the way. Fails on a status of 500 that no code of ours declared, an answer
 * that is missing or garbled, a body of the wrong type whose refusal does not name the field, an agent that ends or
 * complains, and memory that grows.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    /** Connections at a time. */
    lanes: { type: 'string', default: '16' },
    /** How often memory is measured on the way. */
    steps: { type: 'string', default: '30' },
    /** A folder for heap snapshots: one after a tenth of the requests, one at the end. */
    snapshots: { type: 'string' },
  },
})
const count = Number(values.count)
const seed = Number(values.seed)
const steps = Number(values.steps)
/** Buffers share their memory, so the least of several measurements is compared. */
const growthMaxMiB = 16

const random = seededRandom(seed)
const findings = new Findings()
const beganMs = performance.now()
let sent = 0

await using agent = await AttackedAgent.start()
const maker = new RequestMaker(await agent.document(), random)
const memory = [await measure()]
for (let step = 1; step <= steps && agent.end === undefined; step++) {
  const until = Math.ceil((count * step) / steps)
  await Promise.all(Array.from({ length: Number(values.lanes) }, () => lane(until)))
  if (agent.end === undefined) memory.push(await measure(snapshotAt(step)))
}
report()

async function lane(until: number): Promise<void> {
  while (sent < until && agent.end === undefined) {
    const kind = random.below(20)
    if (kind < 10) await many()
    else if (kind < 14) await oneField()
    else if (kind < 19) await broken()
    else await givenUp()
  }
}

async function many(): Promise<void> {
  const requests = Array.from({ length: 1 + random.below(24) }, () => maker.any())
  sent += requests.length
  try {
    const answers = await pipelined(agent.port, requests)
    for (const [at, answer] of answers.entries()) findings.answered(requests[at]!, answer)
  } catch (error) {
    findings.failed(requests.map(({ text }) => text).join(''), error)
  }
}

async function oneField(): Promise<void> {
  const trial = maker.fieldTrial()
  if (trial === undefined) return
  sent += 2
  try {
    const [fitting, refused] = await pipelined(agent.port, [trial.fitting, trial.broken])
    if (fitting !== undefined) findings.answered(trial.fitting, fitting)
    if (fitting !== undefined && refused !== undefined) findings.tried(trial, fitting, refused)
  } catch (error) {
    findings.failed(trial.broken.text, error)
  }
}

async function broken(): Promise<void> {
  const bytes = mutated(maker.any().text + maker.any().text, random)
  sent += 2
  try {
    findings.heard(bytes, await ended(agent.port, bytes))
  } catch (error) {
    findings.failed(bytes, error)
  }
}

async function givenUp(): Promise<void> {
  const waiting = 'GET /v1/health/state/any?index=99999999&wait=10m HTTP/1.1\r\nHost: agent\r\n\r\n'
  const watching = 'GET /v1/agent/monitor?loglevel=trace HTTP/1.1\r\nHost: agent\r\n\r\n'
  const { text } = maker.any()
  const half = text.slice(0, random.below(text.length))
  const bytes = [waiting, watching, half, half][random.below(4)]!
  sent++
  await dropped(agent.port, bytes, random.below(3) * random.below(30)).catch((error) => findings.failed(bytes, error))
}

function snapshotAt(step: number): string | undefined {
  if (values.snapshots === undefined || (step !== Math.ceil(steps / 10) && step !== steps)) return undefined
  return resolve(values.snapshots, `${sent}.heapsnapshot`)
}

async function measure(snapshot?: string) {
  await agent.sweep()
  const usage = await agent.usage(snapshot)
  const { heapMiB, buffersMiB, rssMiB, queries, queriesMiB, files } = usage
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(0)
  const memory = `heap ${heapMiB} MiB, buffers ${buffersMiB} MiB, resident ${rssMiB} MiB`
  console.error(
    `${sent} of ${count} after ${seconds} s: ${memory}, ${queries} live queries of ${queriesMiB} MiB, ${files} files open`,
  )
  return usage
}

function report(): void {
  const seconds = (performance.now() - beganMs) / 1000
  console.log(`${sent} requests from seed ${seed} in ${seconds.toFixed(0)} s (${(sent / seconds).toFixed(0)} a second)`)
  console.log(`resident MiB: ${memory.map(({ rssMiB }) => rssMiB).join(' ')}`)
  const third = Math.floor(memory.length / 3)
  // Live queries are a cache, which may grow to its limit.
  const least = (samples: typeof memory) =>
    Math.min(...samples.map(({ heapMiB, buffersMiB, queriesMiB }) => heapMiB + buffersMiB - queriesMiB))
  const grown = least(memory.slice(-third)) - least(memory.slice(third, -third))
  const when = { start: 0, 'warmed up': third, middle: Math.floor(memory.length / 2), end: memory.length - 1 }
  for (const [name, at] of Object.entries(when)) {
    const { heapMiB, buffersMiB, rssMiB, queries, queriesMiB } = memory[at]!
    const held = `heap ${heapMiB}, buffers ${buffersMiB}, resident ${rssMiB} MiB`
    console.log(`${name}: ${held}; ${queries} live queries of ${queriesMiB} MiB`)
  }
  console.log(`the last third against the one before, without that cache: ${grown.toFixed(1)} MiB more`)
  if (grown > growthMaxMiB) findings.add(`memory grew by ${grown.toFixed(1)} MiB`)
  if (agent.end !== undefined) findings.add(`the agent ended (${agent.end}):\n${agent.lastWords()}`)
  for (const line of agent.complaints) findings.add(`the agent complained: ${line}`)
  findings.print()
  if (findings.found) process.exitCode = 1
}
