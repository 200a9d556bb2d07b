import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { KeyringBody, KeyringResponse } from '../../src/wire/structs/keyring.ts'
import { KeyringParameterError } from './errors.ts'

const relay = {
  type: 'int',
  help: 'Members that answers are also sent by, 0 to 5.',
  refused: (reason: string) => new KeyringParameterError(`Error parsing relay factor: ${reason}`),
} satisfies QueryParameter
const local = {
  type: 'boolean',
  help: 'Nothing of other datacenters.',
  refused: (reason: string) => new KeyringParameterError(`Error parsing local-only: ${reason}`),
} satisfies QueryParameter
/** Also where it is refused when it says yes, so that a bad value is refused for what it is. */
const writeQuery = { 'relay-factor': relay, 'local-only': { ...local, help: 'For lists alone.' } }
const done = { 200: { help: 'Done; no body.' } }
const key = {
  help: 'The key, 16, 24 or 32 bytes in base64.',
  json: KeyringBody,
  required: true,
  prefix: 'Bad request: Request decode failed: ',
} as const

/** What the endpoints of the keyring take and give. */
export const keyringApi = {
  'GET /v1/operator/keyring': {
    summary: 'The keys that gossip is encrypted with.',
    query: { 'relay-factor': relay, 'local-only': local },
    answers: { 200: { help: 'What each pool answered.', json: list(KeyringResponse) } },
  },
  'POST /v1/operator/keyring': {
    summary: 'Gives every member another key to decrypt with.',
    query: writeQuery,
    body: key,
    answers: done,
  },
  'PUT /v1/operator/keyring': {
    summary: 'Has every member encrypt with a key that it holds.',
    query: writeQuery,
    body: key,
    answers: done,
  },
  'DELETE /v1/operator/keyring': {
    summary: 'Takes a key that is not in use from every member.',
    query: writeQuery,
    body: key,
    answers: done,
  },
} satisfies ApiDescription
