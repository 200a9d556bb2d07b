import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import type { Consensus } from './contract.ts'
import { RaftRequestError, ServerUnknownError } from './errors.ts'
import { json } from './routes.ts'
import { removePeerByAddress, removePeerById } from './rpc.ts'

export interface OperatorRoutesSetup {
  readonly rpc: Rpc
  readonly consensus: Consensus
  /** This agent's own. */
  readonly datacenter: string
}

/** What operators do to the membership: take a server out, or have another one lead. */
export function operatorRoutes({ rpc, consensus, datacenter }: OperatorRoutesSetup): RouteDeclaration[] {
  return [
    {
      methods: ['DELETE'],
      path: '/v1/operator/raft/peer',
      summary: 'Takes a server out of the cluster, by ?id or ?address.',
      answer: async ({ query, options, signal }) => {
        const ID = query.get('id') ?? ''
        const Address = query.get('address') ?? ''
        if (ID === '' && Address === '') {
          throw new RaftRequestError(
            "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove",
          )
        }
        if (ID !== '' && Address !== '') throw new RaftRequestError('Must specify only one of ?id or ?address')
        const method = ID === '' ? removePeerByAddress : removePeerById
        await rpc.call(method, { Datacenter: options.datacenter, ID, Address, Token: '' }, signal)
        return done
      },
    },
    {
      methods: ['PUT', 'POST'],
      path: '/v1/operator/raft/transfer-leader',
      summary: 'Has another voter lead: the one named by ?id, or the one whose log is most complete.',
      answer: async ({ query, options, signal }) => {
        if (options.datacenter !== datacenter) throw new NoPathToDatacenterError()
        const id = query.get('id') ?? ''
        const { servers } = consensus.configuration()
        if (id !== '' && !servers.some((server) => server.id === id)) throw new ServerUnknownError('id', id)
        await consensus.transferLeadership(id === '' ? undefined : id, signal)
        return json(JSON.stringify({ Success: true }))
      },
    },
  ]
}

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
