import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { KeyringBody, KeyringReply, Member } from '../../src/wire/structs/member.ts'

const wan: QueryParameter = { type: 'flag', help: 'The pool of the servers of all datacenters.' }
const relay: QueryParameter = { type: 'integer', help: 'Members that answers are also sent by, 0 to 5.' }
const done: ApiDescription[string]['answers'] = { 200: { help: 'Done; no body.' } }
const key = { help: 'The key, 16, 24 or 32 bytes in base64.', json: KeyringBody, required: true }

/** What the endpoints of membership and of the keyring take and give. */
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
  'GET /v1/operator/keyring': {
    summary: 'The keys that gossip is encrypted with.',
    query: { 'relay-factor': relay, 'local-only': { type: 'boolean', help: 'Nothing of other datacenters.' } },
    answers: { 200: { help: 'What each pool answered.', json: list(KeyringReply) } },
  },
  'POST /v1/operator/keyring': {
    summary: 'Gives every member another key to decrypt with.',
    query: { 'relay-factor': relay },
    body: key,
    answers: done,
  },
  'PUT /v1/operator/keyring': {
    summary: 'Has every member encrypt with a key that it holds.',
    query: { 'relay-factor': relay },
    body: key,
    answers: done,
  },
  'DELETE /v1/operator/keyring': {
    summary: 'Takes a key that is not in use from every member.',
    query: { 'relay-factor': relay },
    body: key,
    answers: done,
  },
}
