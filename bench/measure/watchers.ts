import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { Child } from '../child.ts'
import type { WatcherLoad } from '../load/watcher-load.ts'
import type { Measurement } from '../measurement.ts'
import { requestBytes } from '../requests.ts'

const watchers = 10_000
const services = 1_000
const intervalMs = 1_000

/** Where users of Consul suffer most: many who watch, few changes, and each of those concerns few. */
export const watcherCost: Measurement = {
  name: 'watchers',
  async measure({ quick, progress, profileDir }) {
    const changes = quick ? 5 : 30
    await using agent = await AgentUnderTest.start({ statistics: true, profileDir })
    using load = new Child<WatcherLoad>(new URL('../load/watcher-load.ts', import.meta.url))
    progress(`${watchers} watchers: registering ${services} services`)
    for (let service = 0; service < services; service++)
      await agent.put('/v1/catalog/register', registration(service, 0))
    progress(`${watchers} watchers: connecting`)
    await load.call('open', agent.httpPort, watchers, services)
    const requests = Array.from({ length: changes }, (_, turn) => {
      const service = (turn * 7) % services
      const body = JSON.stringify(registration(service, turn + 1))
      return { service, request: requestBytes('PUT', '/v1/catalog/register', body) }
    })
    progress(`${watchers} watchers: ${changes} changes, one a second`)
    const before = agent.cpuSeconds()
    const result = await load.call('watch', agent.httpPort, requests, intervalMs)
    const after = agent.cpuSeconds()
    await load.call('close')
    if (result.failed > 0) throw new Error(`${result.failed} watchers got another answer than 200`)
    const share = before === undefined || after === undefined ? undefined : (after - before) / result.seconds
    const { p50, p99, highest } = result.latencyMs
    return [
      {
        name: 'watchers',
        title: '10,000 watchers of 1,000 services, one change a second: wake-up',
        ours: { value: p50, unit: 'ms' },
        notes: [
          `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${highest.toFixed(1)} ms from sending the change to a watcher's answer`,
          `${result.wakes} wake-ups for ${result.changes} changes (${watchers / services} watch each service), ${result.spurious} of watchers whose answer had not changed`,
          share === undefined ? 'no /proc, no CPU share' : `${(100 * share).toFixed(1)} % of a processor`,
        ],
        rounds: result,
      },
    ]
  },
}

/** One instance of a service; another note is a change of its health. */
function registration(service: number, note: number) {
  const name = `watched-${service}`
  const node = `watched-node-${service % 100}`
  return {
    Node: node,
    Address: `10.3.0.${service % 100}`,
    Service: { ID: name, Service: name, Port: 8000 },
    Check: {
      Node: node,
      CheckID: `service:${name}`,
      Name: 'up',
      Status: 'passing',
      ServiceID: name,
      Output: `${note}`,
    },
  }
}
