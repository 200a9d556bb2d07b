import type { ApiDescription } from '../../src/openapi/operation.ts'
import { list, text } from '../../src/wire/schema.ts'
import { RaftConfigurationResponse, TransferLeaderResponse } from '../../src/wire/structs/operator.ts'

/** What `/v1/status` and `/v1/operator/raft` take and give. */
export const raftApi: ApiDescription = {
  'GET /v1/status/leader': { shared: 'datacenter', answers: { 200: { help: 'Its address.', json: text() } } },
  'GET /v1/status/peers': { shared: 'datacenter', answers: { 200: { help: 'Their addresses.', json: list(text()) } } },
  'GET /v1/operator/raft/configuration': {
    shared: 'datacenter',
    answers: {
      200: { help: 'The servers, and the index since which they are these.', json: RaftConfigurationResponse },
    },
  },
  'DELETE /v1/operator/raft/peer': {
    query: {
      id: { type: 'text', help: 'The server by its id.' },
      address: { type: 'text', help: 'The server by its address.' },
    },
    shared: 'datacenter',
    answers: { 200: { help: 'Taken out; no body.' } },
  },
  'PUT /v1/operator/raft/transfer-leader': {
    query: { id: { type: 'text', help: 'The server that shall lead.' } },
    shared: 'datacenter',
    answers: { 200: { help: 'Another one leads.', json: TransferLeaderResponse } },
  },
  'POST /v1/operator/raft/transfer-leader': {
    query: { id: { type: 'text', help: 'The server that shall lead.' } },
    shared: 'datacenter',
    answers: { 200: { help: 'Another one leads.', json: TransferLeaderResponse } },
  },
}
