/**
 * Runs a cluster of three servers and two clients for a long time, under load and with faults, and says what became of memory,
 * file handles and latencies between its beginning and its end.
 *
 *     npm run soak -- --minutes 30
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { parseArgs } from 'node:util'
import { MemoryCourse } from '../bench/memory-course.ts'
import { residentBytes } from '../bench/process-usage.ts'
import { eventually } from '../test/cluster/agent-process.ts'
import { Datacenter, type DatacenterAgent } from '../test/cluster/datacenter.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '200' } },
})
const minutes = Number(values.minutes)
/** Requests a second that the load tries to make. */
const rate = Number(values.rate)
const faultEveryMs = 30_000
const memoryEveryMs = 10_000
/** A process that ran for two minutes is judged: it may not hold this much more in its last third than in the one before. */
const judgedSamples = 12
const growthMaxMib = 24
/** Windows at the beginning and the end that are compared; the first minute warms up. */
const windowMs = Math.max(20_000, (minutes * 60_000) / 10)

interface Sample {
  readonly atMs: number
  readonly ms: number
  readonly kind: 'write' | 'read'
}

const began = performance.now()
const elapsed = () => performance.now() - began
const say = (text: string) => process.stderr.write(`${(elapsed() / 1000).toFixed(0).padStart(5)} s  ${text}\n`)

await using dc = await Datacenter.plan(['-log-level=warn'])
say('starting three servers and two clients')
const servers = await dc.threeServers()
const clients = await dc.clients(2)
const all = [...servers, ...clients]

const samples: Sample[] = []
const written = new Map<string, string>()
let failures = 0
let retries = 0
let acknowledged = 0
let stopped = false
const connections = new Agent({ keepAlive: true, maxSockets: 32 })

/** One write or read through one of the agents, tried again elsewhere when it fails: what a careful application does. */
async function operation(turn: number): Promise<void> {
  const kind = turn % 3 === 0 ? 'write' : 'read'
  const key = `soak/${turn % 200}`
  const value = `value ${turn}`
  const startedMs = performance.now()
  for (let attempt = 0; attempt < 20 && !stopped; attempt++) {
    const agent = all[(turn + attempt) % all.length]!
    try {
      const signal = AbortSignal.timeout(10_000)
      const request = kind === 'write' ? { method: 'PUT', body: value } : {}
      const { status, body } = await agent.ask(`/v1/kv/${key}`, { ...request, signal, agent: connections })
      if (status === 200 || (kind === 'read' && status === 404)) {
        samples.push({ atMs: elapsed(), ms: performance.now() - startedMs, kind })
        if (kind === 'write' && body.trim() === 'true') {
          acknowledged++
          written.set(key, value)
        }
        return
      }
    } catch {
      // The agent is down, or the time was over: another one is asked.
    }
    retries++
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  if (!stopped) failures++
}

async function load(lane: number, lanes: number): Promise<void> {
  for (let turn = lane; !stopped; turn += lanes) {
    const dueMs = (turn / rate) * 1000
    const waitMs = dueMs - (elapsed() - loadBeganMs)
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    await operation(turn)
  }
}

const faults: readonly { readonly name: string; readonly run: () => Promise<void> }[] = [
  { name: 'kill -9 of the leader', run: async () => restartAfterKill(await leader()) },
  { name: 'kill -9 of a follower', run: async () => restartAfterKill(await follower()) },
  {
    name: 'a leader paused for 8 s',
    run: async () => {
      const victim = await leader()
      victim.process.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 8000))
      victim.process.kill('SIGCONT')
    },
  },
  { name: 'kill -9 of a client', run: async () => restartAfterKill(clients[0]!) },
  { name: 'a graceful restart of a follower', run: async () => restartGracefully(await follower()) },
]

async function leader(): Promise<DatacenterAgent> {
  return dc.agree(servers)
}

async function follower(): Promise<DatacenterAgent> {
  const leading = await leader()
  return servers.find((server) => server !== leading)!
}

async function restartAfterKill(agent: DatacenterAgent): Promise<void> {
  await agent.process.stop('SIGKILL')
  agent.restart()
}

async function restartGracefully(agent: DatacenterAgent): Promise<void> {
  await agent.process.stop('SIGTERM')
  agent.restart()
}

/** Resident memory in MiB and open files of a process. */
function usage({ process: { child } }: DatacenterAgent): { readonly mib: number; readonly handles: number } {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  const kib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
  return { mib: kib / 1024, handles: readdirSync(`/proc/${child.pid}/fd`).length }
}

/** Memory and handles of each agent, freshly started ones included: what counts is that none of them grows. */
function usages(): Map<string, ReturnType<typeof usage>> {
  return new Map(all.map((agent) => [agent.name, usage(agent)]))
}

const loadBeganMs = elapsed()
const endMs = elapsed() + minutes * 60_000
const lanes = Array.from({ length: 16 }, (_, lane) => load(lane, 16))
await new Promise((resolve) => setTimeout(resolve, Math.min(60_000, minutes * 6000)))
const first = usages()
const firstWindowMs = elapsed()
const untouched = new Set(all.map(({ name }) => name))
const course = new MemoryCourse()
const sampling = setInterval(() => {
  for (const agent of all) {
    const pid = agent.process.child.pid!
    // Undefined of a process that was just killed.
    const bytes = residentBytes(pid)
    if (bytes !== undefined) course.add(pid, agent.name, bytes / 2 ** 20)
  }
}, memoryEveryMs)

for (let turn = 0; elapsed() < endMs - windowMs; turn++) {
  const fault = faults[turn % faults.length]!
  say(`${fault.name}; ${acknowledged} writes acknowledged, ${retries} retries, ${failures} failures`)
  const before = new Map(all.map((agent) => [agent.name, agent.process]))
  await fault.run()
  for (const agent of all) if (agent.process !== before.get(agent.name)) untouched.delete(agent.name)
  await dc.agree(all, 60_000)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(faultEveryMs, endMs - windowMs - elapsed()))))
}
await new Promise((resolve) => setTimeout(resolve, Math.max(0, endMs - elapsed())))
const last = usages()
clearInterval(sampling)
stopped = true
await Promise.all(lanes)
connections.destroy()

say('reading back everything that was acknowledged')
let lost = 0
for (const [key, value] of written) {
  const held = await eventually(async () => {
    const { status, body } = await servers[0]!.ask(`/v1/kv/${key}?raw&consistent`)
    return status === 200 || status === 404 ? body : undefined
  })
  // A later write of the same key may have been carried out without its answer arriving.
  if (held === '' || Number(held.split(' ')[1]) < Number(value.split(' ')[1])) lost++
}

const percentile = (of: readonly number[], share: number) =>
  of.length === 0 ? Number.NaN : [...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(of.length * share))]!
const row = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`)
const latency = (kind: Sample['kind'], fromMs: number, toMs: number) => {
  const ms = samples
    .filter((sample) => sample.kind === kind && sample.atMs >= fromMs && sample.atMs < toMs)
    .map((s) => s.ms)
  return [0.5, 0.99].map((share) => percentile(ms, share).toFixed(1))
}

console.log(
  `${minutes} minutes, ${samples.length} operations, ${acknowledged} writes acknowledged, ${lost} lost, ${failures} failed after retries, ${retries} retries\n`,
)
row(['agent', 'MiB at start', 'at end', 'handles at start', 'at end', 'restarted'])
row(['---', '---', '---', '---', '---', '---'])
for (const [name, { mib, handles }] of last) {
  const start = first.get(name)!
  const restarted = untouched.has(name) ? 'no' : 'yes'
  row([name, start.mib.toFixed(0), mib.toFixed(0), String(start.handles), String(handles), restarted])
}
console.log()
row(['operation', 'p50 ms at start', 'p99', 'p50 ms at end', 'p99'])
row(['---', '---', '---', '---', '---'])
for (const kind of ['write', 'read'] as const) {
  const atStart = latency(kind, firstWindowMs - Math.min(windowMs, 30_000), firstWindowMs)
  row([kind, ...atStart, ...latency(kind, endMs - windowMs, endMs)])
}
console.log('\nMiB on the way, every ten seconds, of each process that ran for two minutes or more:')
let growing = 0
for (const { name, mib, grownMib } of course.grown(judgedSamples)) {
  console.log(`${name}: ${mib.map((one) => one.toFixed(0)).join(' ')} (${grownMib.toFixed(1)} more in the last third)`)
  if (grownMib > growthMaxMib) growing++
}
process.exitCode = lost > 0 || failures > 0 || growing > 0 ? 1 : 0
