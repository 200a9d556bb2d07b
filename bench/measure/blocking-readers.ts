import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { registerWeb, registration } from '../agent/web-service.ts'
import type { HttpHolder } from '../bare/http-holder.ts'
import { capture, headerOf } from '../capture.ts'
import { Child } from '../child.ts'
import type { BlockingLoad, WakeResult } from '../load/blocking-load.ts'
import type { Finding, Measurement, Setting } from '../measurement.ts'
import { requestBytes } from '../requests.ts'
import { interleave, median, type Pair, ratioOf } from '../rounds.ts'

const readers = 5_000
const path = '/v1/health/service/web'

interface Wake extends WakeResult {
  readonly serverCpuSeconds: number | undefined
  /** What the change cost the live queries; only of ours. */
  readonly evaluations?: number
  readonly encodings?: number
}

/**
 * From a change of one instance until the last of 5,000 readers that block on its service has the answer. The bare server
 * holds as many requests and answers them with the same bytes, without storing, evaluating or encoding anything.
 */
export const blockingReaders: Measurement = {
  name: 'blocking-readers',
  async measure(setting) {
    const load = new URL('../load/blocking-load.ts', import.meta.url)
    await using agent = await AgentUnderTest.start({ statistics: true, profileDir: setting.profileDir })
    using bare = new Child<HttpHolder>(new URL('../bare/http-holder.ts', import.meta.url))
    using bareReaders = new Child<BlockingLoad>(load)
    using ourReaders = new Child<BlockingLoad>(load)
    await registerWeb(agent)
    let note = 0
    const change = () =>
      requestBytes('PUT', '/v1/catalog/register', JSON.stringify(registration(1, String(100 + note++))))

    setting.progress(`${readers} blocking readers: connecting`)
    await agent.put('/v1/catalog/register', registration(1, String(100 + note++)))
    const barePort = await bare.call('listen', await capture(agent.httpPort, path))
    await bareReaders.call('open', barePort, readers)
    await ourReaders.call('open', agent.httpPort, readers)

    const wakeBare = async (): Promise<Wake> => {
      await bareReaders.call('ask', requestBytes('GET', `${path}?index=1000&wait=5m`))
      const before = await quiet(() => bare.cpuSeconds())
      const wake = await bareReaders.call('change', change())
      return { ...wake, serverCpuSeconds: since(before, bare.cpuSeconds()) }
    }
    const wakeOurs = async (): Promise<Wake> => {
      const index = headerOf(await capture(agent.httpPort, path), 'x-consul-index')
      await ourReaders.call('ask', requestBytes('GET', `${path}?index=${index}&wait=5m`))
      const before = await quiet(() => agent.cpuSeconds())
      const countedBefore = await statistics(agent)
      const wake = await ourReaders.call('change', change())
      const serverCpuSeconds = since(before, agent.cpuSeconds())
      const counted = await statistics(agent)
      return {
        ...wake,
        serverCpuSeconds,
        evaluations: counted.evaluations - countedBefore.evaluations,
        encodings: counted.encodings - countedBefore.encodings,
      }
    }

    await wakeBare()
    await wakeOurs()
    const pairs = await interleave(
      setting.quick ? 3 : 7,
      () => told('bare', wakeBare, setting),
      () => told('ours', wakeOurs, setting),
    )
    await bareReaders.call('close')
    await ourReaders.call('close')
    return [finding(pairs)]
  },
}

function finding(pairs: readonly Pair<Wake>[]): Finding {
  const ours = pairs.map((pair) => pair.ours)
  const bare = pairs.map((pair) => pair.bare)
  const list = (values: readonly unknown[]) => [...new Set(values)].join(' or ')
  return {
    name: 'blocking-readers',
    title: '5,000 blocking readers answered after a change',
    ours: { value: median(ours.map(({ elapsedMs }) => elapsedMs)), unit: 'ms' },
    bare: { value: median(bare.map(({ elapsedMs }) => elapsedMs)), unit: 'ms' },
    ratio: ratioOf(pairs, ({ elapsedMs }) => elapsedMs),
    target: { of: 'ratio', atMost: 1.5 },
    cpuMicros: { ours: cpuMicros(ours), bare: cpuMicros(bare) },
    notes: [
      `evaluations per change: ${list(ours.map(({ evaluations }) => evaluations))}`,
      `encodings per change: ${list(ours.map(({ encodings }) => encodings))}`,
      `first answer after ${median(ours.map(({ firstMs }) => firstMs)).toFixed(1)} ms (bare ${median(bare.map(({ firstMs }) => firstMs)).toFixed(1)})`,
      `change acknowledged after ${median(ours.map(({ acknowledgedMs }) => acknowledgedMs)).toFixed(1)} ms`,
    ],
    rounds: pairs,
  }
}

async function told(who: string, wake: () => Promise<Wake>, { progress }: Setting): Promise<Wake> {
  const result = await wake()
  if (result.failed > 0) throw new Error(`blocking readers: ${result.failed} of ${who}'s answers were not 200`)
  progress(`${readers} blocking readers: ${who} ${Math.round(result.elapsedMs)} ms`)
  return result
}

/** Waits until a server has done what it was asked, which shows in CPU time that stands still. Returns that time. */
async function quiet(cpuSeconds: () => number | undefined): Promise<number | undefined> {
  let still = 0
  let last = cpuSeconds()
  for (let looks = 0; still < 3 && looks < 60; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = cpuSeconds()
    // An idle agent still has timers: a hundredth of a second now and then is no work.
    still = (now ?? 0) - (last ?? 0) <= 0.011 ? still + 1 : 0
    last = now
  }
  return last
}

async function statistics({ httpPort }: AgentUnderTest): Promise<{ evaluations: number; encodings: number }> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/v1/bench/queries`)
  return (await response.json()) as { evaluations: number; encodings: number }
}

function since(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before
}

function cpuMicros(wakes: readonly Wake[]): number | undefined {
  if (wakes.some(({ serverCpuSeconds }) => serverCpuSeconds === undefined)) return undefined
  return median(wakes.map(({ serverCpuSeconds }) => (serverCpuSeconds! / readers) * 1e6))
}
