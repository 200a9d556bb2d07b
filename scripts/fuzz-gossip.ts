import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BesetMember } from '../plugins/gossip/transport/beset-member.fixture.ts'
import { GossipStreamError } from '../plugins/gossip/wire/errors.ts'
import type { Layers } from '../plugins/gossip/wire/layers.ts'
import { fuzzedPools, hostilePacket, hostileStream } from '../plugins/gossip/wire/mutation.fixture.ts'
import { decodePacket, noDrops } from '../plugins/gossip/wire/packet.ts'
import { StreamReader } from '../plugins/gossip/wire/stream-reader.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'

/**
 * Tampers with recorded gossip and lets members read it: packets and streams go through all layers, and what comes out of
 * them through membership, serf and back into packets.
 *
 *     node scripts/fuzz-gossip.ts --count 1000000 --seed 1
 *
 * Prints what was read and dropped, everything that was thrown with the input that did it, the slowest inputs, and the
 * memory before and after. Fails when anything was thrown.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const count = Number(values.count)
const seed = Number(values.seed)

/** Members learn, and what they learned is theirs to keep: only fresh ones show whether reading itself keeps anything. */
const inputsPerLife = 2000
/** Inputs before memory is first measured: until then code is compiled and tables are filled. */
const warmUp = Math.min(20_000, Math.floor(count / 10))

interface Trial {
  readonly kind: 'packet' | 'stream'
  readonly bytes: Buffer
  readonly pool: number
}

const random = seededRandom(seed)
const drops = noDrops()
const outcomes = { packetsRead: 0, messages: 0, streamsRead: 0, streamsRefused: 0, streamsUnfinished: 0 }
const thrown: { readonly error: unknown; readonly trial: Trial }[] = []
/** Inputs that took longest at first sight; which of them are slow shows when they are read again. */
const suspects = 100
const slowest: { readonly ms: number; readonly trial: Trial }[] = []
let inputBytes = 0
let members: BesetMember[] = []

const startedAtMs = performance.now()
let before = memory()
for (let i = 0; i < count && thrown.length < 10; i++) {
  if (i === warmUp) before = memory()
  if (i % inputsPerLife === 0) members = fuzzedPools.map((pool) => new BesetMember(random, pool))
  if (i > 0 && i % 100_000 === 0) {
    console.error(`${i} of ${count}, ${((performance.now() - startedAtMs) / i).toFixed(3)} ms each`)
  }
  attempt()
}
report()

function attempt(): void {
  const pool = random.below(fuzzedPools.length)
  const layers = fuzzedPools[pool]!
  const kind = random.below(3) === 0 ? 'stream' : 'packet'
  const bytes = kind === 'stream' ? hostileStream(random, layers) : hostilePacket(random, layers)
  const trial = { kind, bytes, pool } as const
  inputBytes += bytes.length
  const atMs = performance.now()
  try {
    if (kind === 'packet') readPacket(bytes, layers, members[pool]!)
    else readStream(bytes, layers, members[pool]!)
  } catch (error) {
    thrown.push({ error, trial })
  }
  const ms = performance.now() - atMs
  if (slowest.length < suspects || ms > slowest.at(-1)!.ms) {
    slowest.push({ ms, trial })
    slowest.sort((a, b) => b.ms - a.ms).splice(suspects)
  }
}

/** The best of ten readings: what the input itself costs, without what else the machine was doing at that moment. */
function settledMs({ kind, bytes, pool }: Trial): number {
  const layers = fuzzedPools[pool]!
  const times = Array.from({ length: 10 }, () => {
    const member = new BesetMember(seededRandom(seed), layers)
    const atMs = performance.now()
    if (kind === 'packet') readPacket(bytes, layers, member)
    else readStream(bytes, layers, member)
    return performance.now() - atMs
  })
  return Math.min(...times)
}

function readPacket(bytes: Buffer, layers: Layers, member: BesetMember): void {
  const messages = decodePacket(bytes, layers, drops)
  if (messages.length > 0) outcomes.packetsRead++
  outcomes.messages += messages.length
  member.receive(messages, random.below(50))
}

function readStream(bytes: Buffer, layers: Layers, member: BesetMember): void {
  const reader = new StreamReader(layers, true)
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(bytes.length)
      const said = reader.push(bytes.subarray(at, end))
      at = end
      if (said === undefined) continue
      outcomes.streamsRead++
      if (said.type === 'pushPull') member.merge(said.pushPull)
      if (said.type === 'user') member.receive([said], 0)
      return
    }
    outcomes.streamsUnfinished++
  } catch (error) {
    if (!(error instanceof GossipStreamError)) throw error
    outcomes.streamsRefused++
  }
}

function report(): void {
  members = []
  const after = memory()
  const seconds = (performance.now() - startedAtMs) / 1000
  console.log(`${count} inputs from seed ${seed}, ${inputBytes} bytes, in ${seconds.toFixed(0)} s`)
  console.log({ ...outcomes, drops })
  console.log(`memory in MiB after ${warmUp} inputs:`, before, 'and at the end:', after)
  const settled = slowest.map(({ ms, trial }) => ({ firstMs: ms, ms: settledMs(trial), trial }))
  for (const { firstMs, ms, trial } of settled.sort((a, b) => b.ms - a.ms).slice(0, 5)) {
    const what = `a ${trial.kind} of ${trial.bytes.length} bytes to pool ${trial.pool}`
    console.log(`${ms.toFixed(2)} ms for ${what} (${firstMs.toFixed(2)} ms at first)`)
  }
  for (const { error, trial } of thrown) {
    console.log(`\n${(error as Error).stack}`)
    console.log(`by a ${trial.kind} to pool ${trial.pool}: ${trial.bytes.toString('hex')}`)
  }
  console.log(thrown.length === 0 ? 'nothing was thrown' : `${thrown.length} inputs made a member throw`)
  if (thrown.length > 0) process.exitCode = 1
}

/** In MiB, without what is garbage. */
function memory(): { heap: number; external: number; rss: number } {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  const mib = (bytes: number) => Math.round((bytes / 2 ** 20) * 10) / 10
  return { heap: mib(heapUsed), external: mib(external), rss: mib(rss) }
}
