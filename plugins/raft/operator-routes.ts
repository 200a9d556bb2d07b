import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import { RaftRequestError, ServerUnknownError } from './errors.ts'
import { json, type RaftRoutesContext, requireOwnDatacenter } from './routes.ts'

/** What operators do to the membership: take a server out, or have another one lead. */
export function operatorRoutes(context: RaftRoutesContext): RouteDeclaration[] {
  const { consensus } = context
  const servers = () => consensus.configuration().servers
  return [
    {
      methods: ['DELETE'],
      path: '/v1/operator/raft/peer',
      summary: 'Takes a server out of the cluster, by ?id or ?address.',
      answer: async (request) => {
        requireOwnDatacenter(request, context)
        const id = request.query.get('id') ?? ''
        const address = request.query.get('address') ?? ''
        if (id === '' && address === '') {
          throw new RaftRequestError(
            "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove",
          )
        }
        if (id !== '' && address !== '') throw new RaftRequestError('Must specify only one of ?id or ?address')
        const found = servers().find((server) => (id === '' ? server.address === address : server.id === id))
        if (found === undefined) throw new ServerUnknownError(id === '' ? 'address' : 'id', id === '' ? address : id)
        await consensus.removeServer(found.id, request.signal)
        return done
      },
    },
    {
      methods: ['PUT', 'POST'],
      path: '/v1/operator/raft/transfer-leader',
      summary: 'Has another voter lead: the one named by ?id, or the one whose log is most complete.',
      answer: async (request) => {
        requireOwnDatacenter(request, context)
        const id = request.query.get('id') ?? ''
        if (id !== '' && !servers().some((server) => server.id === id)) throw new ServerUnknownError('id', id)
        await consensus.transferLeadership(id === '' ? undefined : id, request.signal)
        return json({ Success: true })
      },
    },
  ]
}

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
