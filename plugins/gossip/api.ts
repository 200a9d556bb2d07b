import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { Member } from '../../src/wire/structs/member.ts'

const wan: QueryParameter = { type: 'flag', help: 'The pool of the servers of all datacenters.' }
const done: ApiDescription[string]['answers'] = { 200: { help: 'Done; no body.' } }

/** What the endpoints of membership take and give. */
export const gossipApi: ApiDescription = {
  'GET /v1/agent/members': {
    query: {
      wan,
      segment: { type: 'text', help: 'A network segment, of which there is one; `_all` is all.' },
      filter: { type: 'text', help: 'Only members that fit this expression.' },
    },
    answers: { 200: { help: 'Members, whatever their status.', json: list(Member) } },
  },
  'PUT /v1/agent/join/:address': {
    path: { address: 'Where an agent is: `host` or `host:port`.' },
    query: { wan },
    answers: done,
  },
  'PUT /v1/agent/leave': { answers: done },
  'PUT /v1/agent/force-leave/:node': {
    path: { node: 'Name of the member.' },
    query: { wan, prune: { type: 'flag', help: 'Forget it at once.' } },
    answers: done,
  },
}
