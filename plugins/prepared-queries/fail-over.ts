import type { Logger } from '../../src/kernel/log.ts'
import {
  type PreparedQuery,
  PreparedQueryExecuteRemoteRequest,
  type PreparedQueryExecuteResponse,
} from '../../src/wire/structs/prepared-query.ts'

/** What a query that found nothing here needs to look elsewhere. */
export interface Failover {
  /** Names of the other datacenters that are known, the nearest first. */
  otherDatacenters(): readonly string[]
  /** Has a server of that datacenter carry out the query there. */
  executeRemote(request: PreparedQueryExecuteRemoteRequest, signal: AbortSignal): Promise<PreparedQueryExecuteResponse>
}

export interface FailoverQuestion {
  readonly query: PreparedQuery
  readonly limit: number
  readonly connect: boolean
}

/**
 * Asks other datacenters one after the other until one has instances: the nearest ones, as many as the query wants, then
 * those that it names and that are known. `here` is what this datacenter answered; its order of fields stays.
 */
export async function failOver(
  failover: Failover,
  { query, limit, connect }: FailoverQuestion,
  here: PreparedQueryExecuteResponse,
  log: Logger,
  signal: AbortSignal,
): Promise<PreparedQueryExecuteResponse> {
  let answer = here
  let tried = 0
  for (const datacenter of candidates(failover.otherDatacenters(), query)) {
    tried++
    const request: PreparedQueryExecuteRemoteRequest = {
      ...PreparedQueryExecuteRemoteRequest.zero(),
      Datacenter: datacenter,
      Query: query,
      Limit: limit,
      Connect: connect,
    }
    try {
      const remote = await failover.executeRemote(request, signal)
      answer = { ...remote, Nodes: remote.Nodes ?? [] }
      if (remote.Nodes !== null && remote.Nodes.length > 0) break
    } catch (error) {
      if (signal.aborted) throw error
      log.warn('Failed querying for service in datacenter', { service: query.Service.Service, datacenter, error })
    }
  }
  return { ...answer, Failovers: tried }
}

function candidates(others: readonly string[], { Service }: PreparedQuery): readonly string[] {
  const nearest = others.slice(0, Math.max(0, Service.Failover.NearestN))
  const named = (Service.Failover.Datacenters ?? []).filter((datacenter) => others.includes(datacenter))
  return [...new Set([...nearest, ...named])]
}
