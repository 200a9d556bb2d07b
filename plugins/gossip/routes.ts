import type { RouteDeclaration } from '../http-api/contract.ts'
import type { Member, Members } from './contract.ts'

/** `/v1/agent/members`: who is in the LAN pool, or with `wan` in the WAN pool. */
export function memberRoutes(members: Members): RouteDeclaration[] {
  return [
    {
      methods: ['GET'],
      path: '/v1/agent/members',
      summary: 'Members of the cluster as this agent sees them; `wan` shows the servers of all datacenters.',
      answer: ({ query }) => {
        const wan = isTruthy(query.get('wan'))
        return {
          kind: 'plain',
          status: 200,
          type: 'application/json',
          json: true,
          body: JSON.stringify(members.list(wan).map(memberJson)),
        }
      },
    },
  ]
}

function isTruthy(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}

/** A member in Consul's field names, as `/v1/agent/members` and `/v1/agent/self` show it. */
export function memberJson({ name, address, port, tags, status, protocol, delegate }: Member) {
  return {
    Name: name,
    Addr: address,
    Port: port,
    Tags: tags,
    Status: status,
    ProtocolMin: protocol.min,
    ProtocolMax: protocol.max,
    ProtocolCur: protocol.current,
    DelegateMin: delegate.min,
    DelegateMax: delegate.max,
    DelegateCur: delegate.current,
  }
}
