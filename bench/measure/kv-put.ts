import { scratchDir } from '../../test/cluster/agent-process.ts'
import { AgentUnderTest } from '../agent/agent-under-test.ts'
import type { BareHttpServer } from '../bare/http-server.ts'
import type { BareSqlite } from '../bare/sqlite.ts'
import { capture } from '../capture.ts'
import { Child } from '../child.ts'
import type { HttpLoad } from '../load/http-load.ts'
import type { Measurement } from '../measurement.ts'
import { putRequests, value } from '../requests.ts'
import { compareThroughput } from '../throughput.ts'
import { connections } from './http-read.ts'

/** Every PUT is answered when it is durable in the Raft log; the bare server reads the same body and says `true`. */
export const kvPut: Measurement = {
  name: 'kv-put',
  async measure(setting) {
    await using agent = await AgentUnderTest.start(setting)
    using load = new Child<HttpLoad>(new URL('../load/http-load.ts', import.meta.url))
    using bare = new Child<BareHttpServer>(new URL('../bare/http-server.ts', import.meta.url))
    const answer = await capture(agent.httpPort, '/v1/kv/bench/0', 'PUT', value(0))
    const barePort = await bare.call('listen', answer, true)
    const requests = putRequests(1000)
    const run = (port: number) => (durationMs: number) =>
      load.call('run', { port, connections, requests, until: { durationMs } })
    const disk = [await diskSpeed()]
    const finding = await compareThroughput(
      { name: 'kv-put', title: 'Durable KV put of 128 bytes, 64 connections', target: { of: 'ratio', atLeast: 0.5 } },
      { cpuSeconds: () => bare.cpuSeconds(), run: run(barePort) },
      { cpuSeconds: () => agent.cpuSeconds(), run: run(agent.httpPort) },
      setting,
    )
    disk.push(await diskSpeed())
    const note = `disk before and after: ${disk.map(Math.round).join('/s, ')}/s durable SQLite transactions`
    return [{ ...finding, notes: [...finding.notes, note] }]
  },
}

/** The bare server has no use for the disk, so a disk that is busy with something else shows only here. */
async function diskSpeed(): Promise<number> {
  using dir = scratchDir()
  using bare = new Child<BareSqlite>(new URL('../bare/sqlite.ts', import.meta.url))
  return await bare.call('run', dir.path, 1, 300)
}
