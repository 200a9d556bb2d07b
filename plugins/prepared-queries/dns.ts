import type { Store } from '../../src/store/store.ts'
import { parseGoDuration } from '../../src/wire/go-duration.ts'
import { QuerySource } from '../../src/wire/structs/query.ts'
import type { Catalog } from '../catalog/contract.ts'
import type { DnsAnswer, DnsQuestion } from '../dns/contract.ts'
import type { Executor } from './executor.ts'
import { requireResolved, resolveQuestion } from './queries.ts'

export interface QueryZoneSetup {
  readonly store: Store
  readonly executor: Executor
  readonly catalog: Catalog
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
}

/** `NAME.query`: what a prepared query answers, in its own order. Names may hold dots. */
export function queryZone({ store, executor, catalog, datacenter, nodeName }: QueryZoneSetup) {
  return async (question: DnsQuestion): Promise<DnsAnswer | undefined> => {
    if (question.datacenter !== datacenter || question.labels.length === 0) return undefined
    const resolved = store.queries.ask(resolveQuestion(question.labels.join('.'), '')).current().value
    if (resolved.query === undefined && resolved.refused === undefined) return undefined
    const source = { ...QuerySource.zero(), Datacenter: datacenter, Ip: question.client ?? '' }
    const execution = { limit: 0, connect: false, source, agentNode: nodeName }
    const { Nodes, Service, DNS } = await executor.anywhere(requireResolved(resolved), execution, neverAborted)
    const instances = catalog.dnsInstances(Nodes ?? [], question.type)
    return {
      exists: instances.length > 0,
      instances,
      shape: 'service',
      ordered: true,
      service: Service,
      ttlSeconds: ttlSeconds(DNS.TTL),
      version: {},
      local: true,
    }
  }
}

/** DNS waits for an answer no longer than its own limit, and then lets the question go. */
const neverAborted = new AbortController().signal

/** Undefined leaves it to the settings for the service. */
function ttlSeconds(text: string): number | undefined {
  const ttlNs = text === '' ? undefined : parseGoDuration(text)
  return typeof ttlNs === 'number' ? Math.min(Math.floor(ttlNs / 1e9), 2 ** 31 - 1) : undefined
}
