import type { Field, FieldDescription } from '../../src/filter/field-description.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import type { PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import { gossipApi } from './api.ts'
import type { Member, Members } from './contract.ts'
import { MemberRequestError, SegmentsUnsupportedError } from './errors.ts'

export interface MemberRoutesContext {
  readonly members: Members
  /** Leaves the cluster and has the agent stop once that is done. */
  leave(): Promise<void>
}

/** `/v1/agent/members` and its neighbours: who is in the cluster, and coming and going. */
export function memberRoutes({ members, leave }: MemberRoutesContext): RouteDeclaration[] {
  return routesOf(gossipApi, {
    'GET /v1/agent/members'(request) {
      const keeps = compileFilter(request.parameter('filter') ?? '', memberFields)
      const listed = membersOf(members, request.parameter('wan'), request.parameter('segment') ?? '')
      const shown = listed.map(members.describe).filter(keeps)
      return { kind: 'plain', status: 200, type: 'application/json', json: true, body: JSON.stringify(shown) }
    },
    async 'PUT /v1/agent/join/:address'(request) {
      await members.join([request.params.address], { wan: request.parameter('wan') })
      return done
    },
    async 'PUT /v1/agent/leave'() {
      await leave()
      return done
    },
    async 'PUT /v1/agent/force-leave/:node'(request) {
      const how = { prune: request.parameter('prune'), wan: request.parameter('wan') }
      await members.forceLeave(request.params.node, how)
      return done
    },
  })
}

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }

/** Consul's open-source edition has one segment, which has no name; `_all` is all of them. */
function membersOf(members: Members, wan: boolean, segment: string): readonly Member[] {
  const all = segment === '' || segment === '_all'
  if (wan) {
    if (!all) throw new MemberRequestError('Cannot provide a segment with wan=true')
    return members.list(true)
  }
  if (!all) throw new SegmentsUnsupportedError()
  return members.list()
}

const text: Field = { kind: 'text' }
const number: Field = { kind: 'number' }
const memberFields: FieldDescription = {
  Name: text,
  Addr: text,
  Port: number,
  Tags: { kind: 'map', values: text },
  Status: number,
  ProtocolMin: number,
  ProtocolMax: number,
  ProtocolCur: number,
  DelegateMin: number,
  DelegateMax: number,
  DelegateCur: number,
}
