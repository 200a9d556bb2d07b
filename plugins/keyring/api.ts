import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { KeyringBody, KeyringResponse } from '../../src/wire/structs/keyring.ts'

const relay: QueryParameter = { type: 'integer', help: 'Members that answers are also sent by, 0 to 5.' }
const done: ApiDescription[string]['answers'] = { 200: { help: 'Done; no body.' } }
const key = { help: 'The key, 16, 24 or 32 bytes in base64.', json: KeyringBody, required: true }

/** What the endpoints of the keyring take and give. */
export const keyringApi: ApiDescription = {
  'GET /v1/operator/keyring': {
    summary: 'The keys that gossip is encrypted with.',
    query: { 'relay-factor': relay, 'local-only': { type: 'boolean', help: 'Nothing of other datacenters.' } },
    answers: { 200: { help: 'What each pool answered.', json: list(KeyringResponse) } },
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
