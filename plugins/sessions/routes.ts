import { routesOf } from '../../src/openapi/routes.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Session, SessionSpecificRequest } from '../../src/wire/structs/session.ts'
import type { LiveReply, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { sessionsApi } from './api.ts'
import { SessionNotFoundError, SessionRequestError } from './errors.ts'
import { goodId, nodeSessions, sessionApply, sessionGet, sessionList, sessionRenew } from './rpc.ts'
import { sessionOf } from './session-body.ts'
import { createRequest, destroyRequest } from './session-request.ts'

export interface SessionRoutesSetup {
  readonly rpc: Rpc
  readonly nodeName: string
}

/** `/v1/session/…`: create, keep and end sessions, and see which there are. */
export function sessionRoutes({ rpc, nodeName }: SessionRoutesSetup): RouteDeclaration[] {
  return routesOf(sessionsApi, {
    async 'PUT /v1/session/create'(request) {
      const asked = sessionOf(await request.read(), nodeName)
      const ID = await rpc.call(sessionApply, createRequest(request.datacenter, asked), request)
      return json(JSON.stringify({ ID }))
    },
    async 'PUT /v1/session/destroy/:id'(request) {
      const { params, datacenter } = request
      await rpc.call(sessionApply, destroyRequest(datacenter, required(params.id, 'session'), ''), request)
      return json('true')
    },
    async 'PUT /v1/session/renew/:id'(request) {
      const { params, datacenter } = request
      const id = goodId(required(params.id, 'session'))
      const renewal = { ...SessionSpecificRequest.zero(), Datacenter: datacenter, SessionID: id, Session: id }
      const { Sessions } = await rpc.call(sessionRenew, renewal, request)
      if (Sessions === null || Sessions.length === 0) throw new SessionNotFoundError(id)
      return json(SessionList.toJson(Sessions))
    },
    'GET /v1/session/info/:id'({ params }) {
      const id = required(params.id, 'session')
      try {
        return live(rpc.read(sessionGet, goodId(id)))
      } catch (error) {
        return { kind: 'failedRead', error }
      }
    },
    'GET /v1/session/node/:name': ({ params }) => live(rpc.read(nodeSessions, required(params.name, 'node name'))),
    'GET /v1/session/list': () => live(rpc.read(sessionList, undefined)),
  })
}

const SessionList = message(list(Session))

function live(read: Read<readonly Session[]>): LiveReply {
  return { kind: 'live', query: read.query, remote: read }
}

/** The parameter at the end of the path; what it is goes into the refusal of an empty one. */
function required(value: string, what: string): string {
  if (value === '') throw new SessionRequestError(`Missing ${what}`)
  return value
}

function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
}
