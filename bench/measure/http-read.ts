import type { AgentUnderTest } from '../agent/agent-under-test.ts'
import type { BareHttpServer } from '../bare/http-server.ts'
import { capture } from '../capture.ts'
import { Child } from '../child.ts'
import type { HttpLoad } from '../load/http-load.ts'
import type { Finding, Setting } from '../measurement.ts'
import { requestBytes } from '../requests.ts'
import { compareThroughput } from '../throughput.ts'

export const connections = 64

/** The same GET over and over on 64 connections, against node:http sending the very same answer. */
export async function compareRead(
  agent: AgentUnderTest,
  { name, title, path, atLeast }: { name: string; title: string; path: string; atLeast: number },
  setting: Setting,
): Promise<Finding> {
  using load = new Child<HttpLoad>(new URL('../load/http-load.ts', import.meta.url))
  using bare = new Child<BareHttpServer>(new URL('../bare/http-server.ts', import.meta.url))
  const barePort = await bare.call('listen', await capture(agent.httpPort, path), false)
  const requests = [requestBytes('GET', path)]
  const run = (port: number) => (durationMs: number) =>
    load.call('run', { port, connections, requests, until: { durationMs } })
  // Awaited here: the processes live as long as this function runs.
  return await compareThroughput(
    { name, title, target: { of: 'ratio', atLeast } },
    { cpuSeconds: () => bare.cpuSeconds(), run: run(barePort) },
    { cpuSeconds: () => agent.cpuSeconds(), run: run(agent.httpPort) },
    setting,
  )
}
