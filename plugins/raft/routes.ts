import { routesOf } from '../../src/openapi/routes.ts'
import { statusLeader, statusPeers } from '../../src/rpc/status-methods.ts'
import { RaftConfigurationResponse } from '../../src/wire/structs/operator.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { PlainReply, ReadOptions, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { raftApi } from './api.ts'
import { raftConfiguration } from './rpc.ts'

/** Where the leader and the voters are, and the membership as Raft has it. */
export function raftRoutes(rpc: Rpc): RouteDeclaration[] {
  return routesOf(raftApi, {
    'GET /v1/status/leader': async (request) =>
      json(JSON.stringify(await rpc.call(statusLeader, readOf(request), request.signal))),
    'GET /v1/status/peers': async (request) =>
      json(JSON.stringify(await rpc.call(statusPeers, readOf(request), request.signal))),
    'GET /v1/operator/raft/configuration': async (request) =>
      json(RaftConfigurationResponse.toJson(await rpc.call(raftConfiguration, readOf(request), request.signal))),
  })
}

/** A request that reads as the HTTP request says. */
function readOf({ options }: { readonly options: Pick<ReadOptions, 'datacenter' | 'consistency'> }): DCSpecificRequest {
  return {
    ...DCSpecificRequest.zero(),
    Datacenter: options.datacenter,
    AllowStale: options.consistency === 'stale',
    RequireConsistent: options.consistency === 'consistent',
  }
}

export function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', json: true, body }
}
