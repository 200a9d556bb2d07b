import { RemoteError } from '../../src/rpc/errors.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import { parseGoDuration } from '../../src/wire/go-duration.ts'
import {
  PreparedQueryExecuteRequest,
  type PreparedQueryExecuteResponse,
} from '../../src/wire/structs/prepared-query.ts'
import { QuerySource } from '../../src/wire/structs/query.ts'
import type { Catalog } from '../catalog/contract.ts'
import type { DnsAnswer, DnsQuestion } from '../dns/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { QueryNotFoundError } from './errors.ts'
import { queryExecute } from './rpc.ts'

export interface QueryZoneSetup {
  readonly rpc: Rpc
  readonly catalog: Catalog
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
}

/** `NAME.query[.DC]`: what a prepared query answers, in its own order. Names may hold dots. */
export function queryZone({ rpc, catalog, datacenter, nodeName }: QueryZoneSetup) {
  /** Undefined for a name of no query, and of a datacenter that cannot be asked. */
  async function execute(request: PreparedQueryExecuteRequest): Promise<PreparedQueryExecuteResponse | undefined> {
    try {
      return await rpc.call(queryExecute, request)
    } catch (error) {
      const text = error instanceof RemoteError ? error.text : (error as Error).message
      if (text === queryNotFound || text === noPath) return undefined
      throw error
    }
  }

  return async (question: DnsQuestion): Promise<DnsAnswer | undefined> => {
    if (question.labels.length === 0) return undefined
    const response = await execute({
      ...PreparedQueryExecuteRequest.zero(),
      Datacenter: question.datacenter,
      QueryIDOrName: question.labels.join('.'),
      Source: { ...QuerySource.zero(), Ip: question.client ?? '' },
      Agent: { ...QuerySource.zero(), Datacenter: datacenter, Node: nodeName },
      // How old an answer may be is decided before a zone is asked.
      AllowStale: true,
    })
    if (response === undefined) return undefined
    const { Nodes, Service, DNS } = response
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

const queryNotFound = new QueryNotFoundError().message
const noPath = new NoPathToDatacenterError().message

/** Undefined leaves it to the settings for the service. */
function ttlSeconds(text: string): number | undefined {
  const ttlNs = text === '' ? undefined : parseGoDuration(text)
  return typeof ttlNs === 'number' ? Math.min(Math.floor(ttlNs / 1e9), 2 ** 31 - 1) : undefined
}
