import { RaftCluster } from '../../test/cluster/raft-cluster.ts'
import { AgentUnderTest, profiling } from '../agent/agent-under-test.ts'
import { Child } from '../child.ts'
import type { HttpLoad } from '../load/http-load.ts'
import type { Measurement } from '../measurement.ts'
import { cpuSeconds } from '../process-usage.ts'
import { putRequests } from '../requests.ts'
import { compareThroughput } from '../throughput.ts'
import { connections } from './http-read.ts'

/** What it costs that two of three servers, all on this machine, have a write on disk when it is answered. "Bare" is one server. */
export const kvPutThree: Measurement = {
  name: 'kv-put-three',
  async measure(setting) {
    const { profileDir } = setting
    await using one = await AgentUnderTest.start()
    const env = { ...process.env, ...profiling(profileDir) }
    await using cluster = await RaftCluster.start({ servers: 3, multiplier: 5, args: ['-log-level=info'], env })
    const leader = await cluster.leader()
    using load = new Child<HttpLoad>(new URL('../load/http-load.ts', import.meta.url))
    const requests = putRequests(1000)
    const run = (port: number) => (durationMs: number) =>
      load.call('run', { port, connections, requests, until: { durationMs } })
    const cpu = (members: RaftCluster['members']) => () =>
      members.reduce((sum, { process }) => sum + (cpuSeconds(process.child.pid!) ?? Number.NaN), 0)
    const finding = await compareThroughput(
      {
        name: 'kv-put-three',
        title: 'The same through the leader of three servers, against one server',
        target: { of: 'ratio', atLeast: 0.5 },
      },
      { cpuSeconds: () => one.cpuSeconds(), run: run(one.httpPort) },
      { cpuSeconds: cpu(cluster.members), run: run(leader.httpPort) },
      // Three servers that share the processors take that much longer until their code is compiled.
      { ...setting, warmUpMs: 4 * setting.warmUpMs },
    )
    if (!(await cluster.leads(leader))) throw new Error('another server leads by now: the figures are of no use')
    // Only who ends by itself writes its profile.
    if (profileDir !== undefined) for (const { process } of cluster.members) await process.stop()
    return [finding]
  },
}
