import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list, struct, text } from '../../src/wire/schema.ts'
import {
  PreparedQuery,
  PreparedQueryExecuteResponse,
  PreparedQueryExplainResponse,
} from '../../src/wire/structs/prepared-query.ts'

const path = { id: 'Id of the query.' }
const idOrName = { id: 'Id or name of the query, or a name that a template fits.' }
const notFound = { help: 'There is no such query.' }
const near: QueryParameter = { type: 'text', help: 'Nearest first, from this node; `_agent` is the one asked.' }

/** What `/v1/query` takes and gives. */
export const preparedQueriesApi: ApiDescription = {
  'POST /v1/query': {
    shared: 'datacenter',
    body: { help: 'The query.', json: PreparedQuery, required: true },
    answers: { 200: { help: 'The id of the new query.', json: struct('QueryCreated', { ID: text() }) } },
  },
  'GET /v1/query': {
    shared: 'blocking',
    answers: { 200: { help: 'Every query.', json: list(PreparedQuery, { nil: '[]' }) } },
  },
  'GET /v1/query/:id': {
    path,
    shared: 'blocking',
    answers: { 200: { help: 'A list of the one query.', json: list(PreparedQuery) }, 404: notFound },
  },
  'PUT /v1/query/:id': {
    path,
    shared: 'datacenter',
    body: { help: 'The query as it shall be.', json: PreparedQuery, required: true },
    answers: { 200: { help: 'Replaced; no body.' } },
  },
  'DELETE /v1/query/:id': { path, shared: 'datacenter', answers: { 200: { help: 'Removed; no body.' } } },
  'GET /v1/query/:id/execute': {
    path: idOrName,
    query: {
      limit: { type: 'integer', help: 'Most instances to give.' },
      near,
      connect: { type: 'boolean', help: 'Instances that speak for the service in the mesh.' },
    },
    shared: 'datacenter',
    answers: {
      200: { help: 'Instances, and where they are from.', json: PreparedQueryExecuteResponse },
      404: notFound,
    },
  },
  'GET /v1/query/:id/explain': {
    path: idOrName,
    shared: 'datacenter',
    answers: {
      200: { help: 'The query as it would be carried out.', json: PreparedQueryExplainResponse },
      404: notFound,
    },
  },
}
