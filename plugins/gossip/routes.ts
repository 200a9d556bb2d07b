import type { RouteDeclaration } from '../http-api/contract.ts'
import type { Members } from './contract.ts'

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
          body: JSON.stringify(members.list(wan).map(members.describe)),
        }
      },
    },
  ]
}

function isTruthy(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
