import { scratchDir } from '../../test/cluster/agent-process.ts'
import { AgentUnderTest } from '../agent/agent-under-test.ts'
import type { BareSqlite } from '../bare/sqlite.ts'
import { Child } from '../child.ts'
import type { HttpLoad } from '../load/http-load.ts'
import type { LatencySummary } from '../load/latencies.ts'
import type { Measurement } from '../measurement.ts'
import { putRequests } from '../requests.ts'
import { interleave, median, ratioOf } from '../rounds.ts'

const title = 'Durable KV put of 128 bytes, 1 connection: p50'

/** How long one client waits for one durable write, beside the transaction that the disk has to see at least. */
export const putLatency: Measurement = {
  name: 'put-latency',
  async measure(setting) {
    const { rounds, roundMs, warmUpMs, progress } = setting
    await using agent = await AgentUnderTest.start(setting)
    using dir = scratchDir()
    using load = new Child<HttpLoad>(new URL('../load/http-load.ts', import.meta.url))
    using bare = new Child<BareSqlite>(new URL('../bare/sqlite.ts', import.meta.url))
    const requests = putRequests(1000)
    const put = async (durationMs: number): Promise<LatencySummary> => {
      const order = { port: agent.httpPort, connections: 1, requests, until: { durationMs } }
      const { completed, failed, latencyMs } = await load.call('run', order)
      if (failed > 0) throw new Error(`${title}: ${failed} of ${completed + failed} requests failed`)
      progress(`${title}: ours ${latencyMs.p50.toFixed(2)} ms`)
      return latencyMs
    }
    const transact = async (durationMs: number): Promise<LatencySummary> => {
      const latencyMs = await bare.call('latencies', dir.path, durationMs)
      progress(`${title}: bare ${latencyMs.p50.toFixed(2)} ms`)
      return latencyMs
    }
    await transact(warmUpMs / 2)
    await put(warmUpMs)
    const pairs = await interleave(
      rounds,
      () => transact(roundMs / 2),
      () => put(roundMs / 2),
    )
    const middle = (who: 'ours' | 'bare', which: 'p50' | 'p99') => median(pairs.map((pair) => pair[who][which]))
    return [
      {
        name: 'put-latency',
        title,
        ours: { value: middle('ours', 'p50'), unit: 'ms' },
        bare: { value: middle('bare', 'p50'), unit: 'ms' },
        ratio: ratioOf(pairs, ({ p50 }) => p50),
        notes: [`p99 ${middle('ours', 'p99').toFixed(2)} (bare ${middle('bare', 'p99').toFixed(2)}) ms`],
        rounds: pairs,
      },
    ]
  },
}
