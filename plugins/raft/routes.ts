import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Consensus } from './contract.ts'

export interface RaftRoutesContext {
  readonly consensus: Consensus
  readonly datacenter: string
  /** Name of the node with this server id, as gossip knows it; undefined when it is no member. */
  nodeName(id: string): string | undefined
}

/** Where the leader and the voters are, and the membership as Raft has it. */
export function raftRoutes(context: RaftRoutesContext): RouteDeclaration[] {
  const { consensus } = context
  return [
    {
      methods: ['GET'],
      path: '/v1/status/leader',
      summary: 'Address of the leader, an empty text when there is none.',
      answer: (request) => {
        requireOwnDatacenter(request, context)
        return json(consensus.leader()?.address ?? '')
      },
    },
    {
      methods: ['GET'],
      path: '/v1/status/peers',
      summary: 'Addresses of the voting servers.',
      answer: (request) => {
        requireOwnDatacenter(request, context)
        const voters = consensus.configuration().servers.filter((server) => server.suffrage === 'voter')
        return json(voters.map((server) => server.address))
      },
    },
    {
      methods: ['GET'],
      path: '/v1/operator/raft/configuration',
      summary: 'The servers of the cluster: which of them vote, and which leads.',
      answer: (request) => {
        requireOwnDatacenter(request, context)
        return json(configurationJson(context))
      },
    },
  ]
}

function configurationJson({ consensus, nodeName }: RaftRoutesContext) {
  const { servers, index } = consensus.configuration()
  const leader = consensus.leader()?.id
  return {
    Servers: servers.map(({ id, address, suffrage }) => ({
      ID: id,
      Node: nodeName(id) ?? '(unknown)',
      Address: address,
      Leader: id === leader,
      ProtocolVersion: '3',
      Voter: suffrage === 'voter',
    })),
    Index: index,
  }
}

/** @throws NoPathToDatacenterError when another datacenter is asked for */
export function requireOwnDatacenter({ options }: ApiRequest, { datacenter }: RaftRoutesContext): void {
  if (options.datacenter !== datacenter) throw new NoPathToDatacenterError()
}

export function json(value: unknown): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', json: true, body: JSON.stringify(value) }
}
