import { routesOf } from '../../src/openapi/routes.ts'
import { TransferLeaderResponse } from '../../src/wire/structs/operator.ts'
import type { PlainReply, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { operatorApi } from './api.ts'
import { LeaderTransferError, RaftRequestError } from './errors.ts'
import { json } from './routes.ts'
import { removePeerByAddress, removePeerById, transferLeader } from './rpc.ts'

/** What operators do to the membership: take a server out, or have another one lead. */
export function operatorRoutes(rpc: Rpc): RouteDeclaration[] {
  async function transfer(asked: RequestOf<TransferOperation>): Promise<PlainReply> {
    const request = { Datacenter: asked.options.datacenter, ID: asked.parameter('id') ?? '', Token: '' }
    try {
      return json(TransferLeaderResponse.toJson(await rpc.call(transferLeader, request, asked.signal)))
    } catch (error) {
      throw LeaderTransferError.said(error) ?? error
    }
  }

  return routesOf(operatorApi, {
    async 'DELETE /v1/operator/raft/peer'(request) {
      const ID = request.parameter('id') ?? ''
      const Address = request.parameter('address') ?? ''
      if (ID === '' && Address === '') {
        throw new RaftRequestError(
          "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove",
        )
      }
      if (ID !== '' && Address !== '') throw new RaftRequestError('Must specify only one of ?id or ?address')
      const method = ID === '' ? removePeerByAddress : removePeerById
      await rpc.call(method, { Datacenter: request.options.datacenter, ID, Address, Token: '' }, request.signal)
      return done
    },
    'PUT /v1/operator/raft/transfer-leader': transfer,
    'POST /v1/operator/raft/transfer-leader': transfer,
  })
}

type TransferOperation = (typeof operatorApi)['PUT /v1/operator/raft/transfer-leader']

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
