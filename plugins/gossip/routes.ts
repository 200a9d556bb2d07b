import type { Field, FieldDescription } from '../../src/filter/field-description.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import type { ApiRequest, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Member, Members } from './contract.ts'
import { MemberRequestError, SegmentsUnsupportedError } from './errors.ts'

export interface MemberRoutesContext {
  readonly members: Members
  /** Leaves the cluster and has the agent stop once that is done. */
  leave(): Promise<void>
}

/** `/v1/agent/members` and its neighbours: who is in the cluster, and coming and going. */
export function memberRoutes({ members, leave }: MemberRoutesContext): RouteDeclaration[] {
  return [
    {
      methods: ['GET'],
      path: '/v1/agent/members',
      summary:
        'Members of the cluster as this agent sees them; `wan` shows the servers of all datacenters, `filter` selects.',
      answer: ({ query }) => {
        const keeps = compileFilter(query.get('filter') ?? '', memberFields)
        const shown = listed(members, query).map(members.describe).filter(keeps)
        return { kind: 'plain', status: 200, type: 'application/json', json: true, body: JSON.stringify(shown) }
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/agent/join/:address',
      summary: 'Joins the agent at an address; with `wan` into the pool of all datacenters.',
      answer: async ({ params, query }) => {
        await members.join([params.address ?? ''], { wan: isWan(query) })
        return done
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/agent/leave',
      summary: 'Leaves the cluster and stops the agent.',
      answer: async () => {
        await leave()
        return done
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/agent/force-leave/:node',
      summary: 'Declares that a failed member has left; with `prune` it is forgotten at once.',
      answer: async ({ params, query }) => {
        await members.forceLeave(params.node ?? '', { prune: query.has('prune'), wan: query.has('wan') })
        return done
      },
    },
  ]
}

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }

/** Any value means yes, `0` too, as in Consul. */
function isWan(query: ApiRequest['query']): boolean {
  return (query.get('wan') ?? '') !== ''
}

/** Consul's open-source edition has one segment, which has no name; `_all` is all of them. */
function listed(members: Members, query: ApiRequest['query']): readonly Member[] {
  const segment = query.get('segment') ?? ''
  const all = segment === '' || segment === '_all'
  if (isWan(query)) {
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
