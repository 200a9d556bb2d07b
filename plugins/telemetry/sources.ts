import { PerformanceObserver } from 'node:perf_hooks'
import type { Hooks } from '../../src/kernel/hooks.ts'
import type { Store } from '../../src/store/store.ts'
import type { Members } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import type { Metrics } from './contract.ts'

export interface SourcesSetup {
  readonly metrics: Metrics
  readonly hooks: Hooks
  readonly datacenter: string
  readonly store: Store | undefined
  readonly consensus: Consensus | undefined
  readonly members: Members | undefined
  readonly rpc: Pick<Rpc, 'clientCalls'> | undefined
}

/** Gauges of the tables, by table name. */
const tableGauges: Readonly<Record<string, string>> = {
  nodes: 'state.nodes',
  services: 'state.service_instances',
  kvs: 'state.kv_entries',
}

/** Connects everything of the agent that can be counted from outside of it. */
export function connectSources(setup: SourcesSetup): void {
  const { metrics, hooks, members, store, consensus, rpc } = setup
  metrics.collect(() => collectProcess(metrics))
  if (members !== undefined) {
    metrics.collect(() => collectMembers(metrics, members, setup.datacenter))
    for (const wan of [false, true]) metrics.collect(collectTraffic(metrics, members, wan))
  }
  if (store !== undefined) {
    const queries = new QueryFigures(store)
    metrics.collect(() => {
      collectTables(metrics, store, setup.datacenter)
      queries.collect(metrics)
    })
  }
  if (consensus !== undefined) metrics.collect(collectConsensus(metrics, consensus))
  if (rpc !== undefined) metrics.collect(collectCalls(metrics, rpc))

  hooks.leadership.tap('telemetry', ({ role }) => metrics.count(`raft.state.${role}`))
  hooks.member.tap('telemetry', ({ kind }) => metrics.count(`serf.member.${kind === 'leave' ? 'left' : kind}`))
  hooks.fault.tap('telemetry', ({ plugin }) => metrics.count('proconsul.faults', 1, { plugin }))
}

/** Entries are too many to be told one by one. What was applied before this agent led is not its own work. */
function collectConsensus(metrics: Metrics, consensus: Consensus): () => void {
  let before: number | undefined
  return () => {
    const { appliedIndex, role } = consensus
    metrics.gauge('raft.applied_index', appliedIndex)
    if (role === 'leader' && before !== undefined && appliedIndex > before) {
      metrics.count('raft.apply', appliedIndex - before)
    }
    before = role === 'leader' ? appliedIndex : undefined
  }
}

function collectProcess(metrics: Metrics): void {
  const { heapUsed, rss } = process.memoryUsage()
  metrics.gauge('runtime.alloc_bytes', heapUsed)
  metrics.gauge('runtime.sys_bytes', rss)
}

/** Counts garbage collections until the returned function is called. */
export function watchGarbageCollection(metrics: Metrics): () => void {
  let runs = 0
  let pauseMs = 0
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      runs++
      pauseMs += duration
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  metrics.collect(() => {
    metrics.gauge('runtime.total_gc_runs', runs)
    metrics.gauge('runtime.total_gc_pause_ns', Math.round(pauseMs * 1e6))
  })
  return () => observer.disconnect()
}

function collectMembers(metrics: Metrics, members: Members, datacenter: string): void {
  const all = members.list()
  const servers = all.filter(({ tags }) => tags.role === 'consul').length
  metrics.gauge('members.servers', servers, { datacenter })
  metrics.gauge('members.clients', all.length - servers, { datacenter })
}

/** Bytes and connections of a pool, as what was added since the last look; names are memberlist's. */
function collectTraffic(metrics: Metrics, members: Members, wan: boolean): () => void {
  const told = new Map<string, number>()
  return () => {
    const traffic = members.traffic(wan)
    if (traffic === undefined) return
    const labels = { network: wan ? 'wan' : 'lan' }
    for (const [name, total] of [
      ['memberlist.udp.sent', traffic.packetBytesOut],
      ['memberlist.udp.received', traffic.packetBytesIn],
      ['memberlist.tcp.sent', traffic.streamBytesOut],
      ['memberlist.tcp.received', traffic.streamBytesIn],
      ['memberlist.tcp.connect', traffic.streamsOut],
      ['memberlist.tcp.accept', traffic.streamsIn],
      ['proconsul.gossip.dropped', traffic.dropped],
    ] as const) {
      const since = total - (told.get(name) ?? 0)
      if (since > 0) metrics.count(name, since, labels)
      told.set(name, total)
    }
  }
}

/** What a client agent asks of servers; names are Consul's. */
function collectCalls(metrics: Metrics, rpc: Pick<Rpc, 'clientCalls'>): () => void {
  const told = new Map<string, number>()
  return () => {
    const { tried, exceeded, failed } = rpc.clientCalls
    for (const [name, total] of [
      ['client.rpc', tried],
      ['client.rpc.exceeded', exceeded],
      ['client.rpc.failed', failed],
    ] as const) {
      const since = total - (told.get(name) ?? 0)
      if (since > 0) metrics.count(name, since)
      told.set(name, total)
    }
  }
}

function collectTables(metrics: Metrics, store: Store, datacenter: string): void {
  for (const table of store.tables) {
    const gauge = tableGauges[table.name]
    if (gauge !== undefined) metrics.gauge(gauge, store.latest.table(table).count(), { datacenter })
  }
}

/** How much work live queries do, and how much they save. */
class QueryFigures {
  readonly #store: Store
  readonly #told = new Map<string, number>()

  constructor(store: Store) {
    this.#store = store
  }

  collect(metrics: Metrics): void {
    const { entries, bytes, readers, ...counters } = this.#store.queries.statistics()
    metrics.gauge('proconsul.live_queries.entries', entries)
    metrics.gauge('proconsul.live_queries.bytes', bytes)
    metrics.gauge('proconsul.live_queries.readers', readers)
    for (const [name, total] of Object.entries(counters)) {
      const since = total - (this.#told.get(name) ?? 0)
      if (since > 0) metrics.count(`proconsul.live_queries.${name}`, since)
      this.#told.set(name, total)
    }
  }
}
