import { statusLeader, statusPeers } from '../../src/rpc/status-methods.ts'
import { RaftConfigurationResponse } from '../../src/wire/structs/operator.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { raftConfiguration } from './rpc.ts'

/** Where the leader and the voters are, and the membership as Raft has it. */
export function raftRoutes(rpc: Rpc): RouteDeclaration[] {
  return [
    {
      methods: ['GET'],
      path: '/v1/status/leader',
      summary: 'Address of the leader, an empty text when there is none.',
      answer: async (request) => json(JSON.stringify(await rpc.call(statusLeader, readOf(request), request.signal))),
    },
    {
      methods: ['GET'],
      path: '/v1/status/peers',
      summary: 'Addresses of the servers.',
      answer: async (request) => json(JSON.stringify(await rpc.call(statusPeers, readOf(request), request.signal))),
    },
    {
      methods: ['GET'],
      path: '/v1/operator/raft/configuration',
      summary: 'The servers of the cluster: which of them vote, and which leads.',
      answer: async (request) => {
        const reply = await rpc.call(raftConfiguration, readOf(request), request.signal)
        return json(RaftConfigurationResponse.toJson(reply))
      },
    },
  ]
}

/** A request that reads as the HTTP request says. */
function readOf({ options }: ApiRequest): DCSpecificRequest {
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
