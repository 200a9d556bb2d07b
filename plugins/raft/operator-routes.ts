import { TransferLeaderResponse } from '../../src/wire/structs/operator.ts'
import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { LeaderTransferError, RaftRequestError } from './errors.ts'
import { json } from './routes.ts'
import { removePeerByAddress, removePeerById, transferLeader } from './rpc.ts'

/** What operators do to the membership: take a server out, or have another one lead. */
export function operatorRoutes(rpc: Rpc): RouteDeclaration[] {
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
        const request = { Datacenter: options.datacenter, ID: query.get('id') ?? '', Token: '' }
        try {
          return json(TransferLeaderResponse.toJson(await rpc.call(transferLeader, request, signal)))
        } catch (error) {
          throw LeaderTransferError.said(error) ?? error
        }
      },
    },
  ]
}

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
