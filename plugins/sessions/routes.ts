import { datacenterOf } from '../../src/rules/datacenter.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Session, SessionSpecificRequest } from '../../src/wire/structs/session.ts'
import type { ApiRequest, LiveReply, PlainReply, Reply, RouteDeclaration } from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { SessionNotFoundError, SessionRequestError } from './errors.ts'
import { goodId, nodeSessions, sessionApply, sessionGet, sessionList, sessionRenew } from './rpc.ts'
import { sessionOf } from './session-body.ts'
import { createRequest, destroyRequest } from './session-request.ts'

export interface SessionRoutesSetup {
  readonly rpc: Rpc
  /** This agent's own. */
  readonly datacenter: string
  readonly nodeName: string
}

/** `/v1/session/…`: create, keep and end sessions, and see which there are. */
export function sessionRoutes({ rpc, datacenter, nodeName }: SessionRoutesSetup): RouteDeclaration[] {
  const target = ({ query }: ApiRequest) => datacenterOf(query.get('dc'), datacenter)

  // Without the request's signal: a client that goes away does not take its write back, and waits only for its commit.

  async function create(request: ApiRequest): Promise<Reply> {
    const asked = sessionOf(await request.json(), nodeName)
    const ID = await rpc.call(sessionApply, createRequest(target(request), asked))
    return json(JSON.stringify({ ID }))
  }

  async function destroy(request: ApiRequest): Promise<Reply> {
    const id = required(request, 'id', 'session')
    await rpc.call(sessionApply, destroyRequest(target(request), id, ''))
    return json('true')
  }

  async function renew(request: ApiRequest): Promise<Reply> {
    const id = goodId(required(request, 'id', 'session'))
    const Datacenter = target(request)
    const renewal = { ...SessionSpecificRequest.zero(), Datacenter, SessionID: id, Session: id }
    const { Sessions } = await rpc.call(sessionRenew, renewal)
    if (Sessions === null || Sessions.length === 0) throw new SessionNotFoundError(id)
    return json(SessionList.toJson(Sessions))
  }

  function info(request: ApiRequest): Reply {
    const id = required(request, 'id', 'session')
    try {
      return live(rpc.read(sessionGet, goodId(id)))
    } catch (error) {
      return { kind: 'failedRead', error }
    }
  }

  return [
    { methods: ['PUT'], path: '/v1/session/create', summary: 'Creates a session.', answer: create },
    { methods: ['PUT'], path: '/v1/session/destroy/:id', summary: 'Ends a session and its locks.', answer: destroy },
    { methods: ['PUT'], path: '/v1/session/renew/:id', summary: 'Gives a session its full TTL again.', answer: renew },
    read('/v1/session/info/:id', 'A session, as a list that is empty when it is not there.', info),
    read('/v1/session/node/:name', 'The sessions of a node.', (request) =>
      live(rpc.read(nodeSessions, required(request, 'name', 'node name'))),
    ),
    read('/v1/session/list', 'Every session.', () => live(rpc.read(sessionList, undefined))),
  ]
}

const SessionList = message(list(Session))

function read(path: string, summary: string, answer: RouteDeclaration['answer']): RouteDeclaration {
  return { methods: ['GET'], path, summary, hot: true, answer }
}

function live(read: Read<readonly Session[]>): LiveReply {
  return { kind: 'live', query: read.query, remote: read }
}

/** The parameter at the end of the path; what it is goes into the refusal of an empty one. */
function required(request: ApiRequest, name: string, what: string): string {
  const value = request.params[name] ?? ''
  if (value === '') throw new SessionRequestError(`Missing ${what}`)
  return value
}

function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
}
