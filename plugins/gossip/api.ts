import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { Member } from '../../src/wire/structs/member.ts'

const wan = { type: 'flag', help: 'The pool of the servers of all datacenters.' } satisfies QueryParameter
/** With any value that means yes, `0` too, as in Consul. */
const wanNamed = { ...wan, on: (written: string) => written !== '' } satisfies QueryParameter
const done = { 200: { help: 'Done; no body.' } }

/** What the endpoints of membership take and give. */
export const gossipApi = {
  'GET /v1/agent/members': {
    summary:
      'Members of the cluster as this agent sees them; `wan` shows the servers of all datacenters, `filter` selects.',
    query: {
      wan: wanNamed,
      segment: { type: 'text', help: 'A network segment, of which there is one; `_all` is all.' },
      filter: { type: 'text', help: 'Only members that fit this expression.' },
    },
    answers: { 200: { help: 'Members, whatever their status.', json: list(Member) } },
  },
  'PUT /v1/agent/join/:address': {
    summary: 'Joins the agent at an address; with `wan` into the pool of all datacenters.',
    path: { address: 'Where an agent is: `host` or `host:port`.' },
    query: { wan: wanNamed },
    answers: done,
  },
  'PUT /v1/agent/leave': { summary: 'Leaves the cluster and stops the agent.', answers: done },
  'PUT /v1/agent/force-leave/:node': {
    summary: 'Declares that a failed member has left; with `prune` it is forgotten at once.',
    path: { node: 'Name of the member.' },
    query: { wan, prune: { type: 'flag', help: 'Forget it at once.' } },
    answers: done,
  },
} satisfies ApiDescription
