import type { ApiDescription, OperationDescription } from '../../src/openapi/operation.ts'
import { list, text } from '../../src/wire/schema.ts'
import { RaftConfigurationResponse, TransferLeaderResponse } from '../../src/wire/structs/operator.ts'

/** What `/v1/status` and reads of `/v1/operator/raft` take and give. */
export const raftApi = {
  'GET /v1/status/leader': {
    summary: 'Address of the leader, an empty text when there is none.',
    shared: 'datacenter',
    answers: { 200: { help: 'Its address.', json: text() } },
  },
  'GET /v1/status/peers': {
    summary: 'Addresses of the servers.',
    shared: 'datacenter',
    answers: { 200: { help: 'Their addresses.', json: list(text()) } },
  },
  'GET /v1/operator/raft/configuration': {
    summary: 'The servers of the cluster: which of them vote, and which leads.',
    shared: 'datacenter',
    answers: {
      200: { help: 'The servers, and the index since which they are these.', json: RaftConfigurationResponse },
    },
  },
} satisfies ApiDescription

const transfer = {
  summary: 'Has another voter lead: the one named by ?id, or the one whose log is most complete.',
  query: { id: { type: 'text', help: 'The server that shall lead.' } },
  shared: 'datacenter',
  answers: { 200: { help: 'Another one leads.', json: TransferLeaderResponse } },
} satisfies OperationDescription

/** What changes of the membership take and give. */
export const operatorApi = {
  'DELETE /v1/operator/raft/peer': {
    summary: 'Takes a server out of the cluster, by ?id or ?address.',
    query: {
      id: { type: 'text', help: 'The server by its id.' },
      address: { type: 'text', help: 'The server by its address.' },
    },
    shared: 'datacenter',
    answers: { 200: { help: 'Taken out; no body.' } },
  },
  'PUT /v1/operator/raft/transfer-leader': transfer,
  'POST /v1/operator/raft/transfer-leader': transfer,
} satisfies ApiDescription
