import type { ApiDescription } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { TxnOpBody, TxnReadResponse, TxnResponse } from '../../src/wire/structs/txn.ts'

/** Transactions that only read answer like reads, with what others have in headers. */
const outcome = [TxnResponse, TxnReadResponse]

/** What `/v1/txn` takes and gives. */
export const txnApi = {
  'PUT /v1/txn': {
    summary: 'Carries out operations on keys, nodes, services and checks in order, all of them or none.',
    shared: 'datacenter',
    body: {
      help: 'Operations, carried out in order.',
      json: list(TxnOpBody),
      required: true,
      prefix: 'Failed to parse body: ',
    },
    answers: {
      200: { help: 'What the operations gave; all of them were carried out.', json: outcome },
      409: { help: 'None was carried out; the errors say why, by the place of the operation.', json: outcome },
    },
  },
} satisfies ApiDescription
