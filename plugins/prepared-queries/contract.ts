import type {
  PreparedQuery,
  PreparedQueryExecuteRemoteRequest,
  PreparedQueryExecuteResponse,
  PreparedQueryRequest,
} from '../../src/wire/structs/prepared-query.ts'

/** What a query that found nothing here needs to look elsewhere. Provided by whoever connects datacenters. */
export interface Failover {
  /** Names of the other datacenters, the nearest first. */
  otherDatacenters(): readonly string[]
  /** Has a server of that datacenter carry out the query there. */
  executeRemote(request: PreparedQueryExecuteRemoteRequest, signal: AbortSignal): Promise<PreparedQueryExecuteResponse>
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    queryFailover: Failover
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    PreparedQuery: PreparedQueryRequest
  }
  interface Tables {
    'prepared-queries': PreparedQuery
  }
}
