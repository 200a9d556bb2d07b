import type { ApiDescription, OperationDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list, struct, text } from '../../src/wire/schema.ts'
import {
  PreparedQuery,
  PreparedQueryExecuteResponse,
  PreparedQueryExplainResponse,
} from '../../src/wire/structs/prepared-query.ts'
import { QueryParameterError } from './errors.ts'

const path = { id: 'Id of the query.' }
const idOrName = { id: 'Id or name of the query, or a name that a template fits.' }
const notFound = { help: 'There is no such query.' }
const near = {
  type: 'text',
  help: 'Nearest first, from this node; `_agent` is the one asked.',
} satisfies QueryParameter
const cached = { type: 'flag', help: 'Content with what the agent has at hand.' } satisfies QueryParameter
const ofExecution = {
  limit: {
    type: 'int',
    help: 'Most instances to give.',
    refused: (reason: string) => new QueryParameterError(`Bad limit: ${reason}`),
  },
  near,
  connect: {
    type: 'boolean',
    help: 'Instances that speak for the service in the mesh.',
    refused: (reason: string) => new QueryParameterError(`Error parsing 'connect' value: ${reason}`),
  },
} satisfies OperationDescription['query']

/** What `/v1/query` takes and gives. */
export const preparedQueriesApi = {
  'POST /v1/query': {
    summary: 'Stores a new query; answers its id.',
    shared: 'datacenter',
    body: { help: 'The query.', json: PreparedQuery, required: true },
    answers: { 200: { help: 'The id of the new query.', json: struct('QueryCreated', { ID: text() }) } },
  },
  'GET /v1/query': {
    summary: 'Every query.',
    hot: true,
    shared: 'blocking',
    answers: { 200: { help: 'Every query.', json: list(PreparedQuery, { nil: '[]' }) } },
  },
  'GET /v1/query/:id': {
    summary: 'A query by its id.',
    path,
    // Names may hold slashes: `a/b/execute` is asked for here.
    query: ofExecution,
    shared: 'blocking',
    answers: { 200: { help: 'A list of the one query.', json: list(PreparedQuery) }, 404: notFound },
  },
  'PUT /v1/query/:id': {
    summary: 'Replaces a query.',
    path,
    shared: 'datacenter',
    body: { help: 'The query as it shall be.', json: PreparedQuery },
    answers: { 200: { help: 'Replaced; no body.' } },
  },
  'DELETE /v1/query/:id': {
    summary: 'Removes a query.',
    path,
    shared: 'datacenter',
    answers: { 200: { help: 'Removed; no body.' } },
  },
  'GET /v1/query/:id/execute': {
    summary: 'Carries out a query, found by id or name.',
    path: idOrName,
    query: { ...ofExecution, cached },
    shared: 'datacenter',
    answers: {
      200: { help: 'Instances, and where they are from.', json: PreparedQueryExecuteResponse },
      404: notFound,
    },
  },
  'GET /v1/query/:id/explain': {
    summary: 'Shows what is carried out for a name: a template, filled in.',
    path: idOrName,
    query: { near },
    shared: 'datacenter',
    answers: {
      200: { help: 'The query as it would be carried out.', json: PreparedQueryExplainResponse },
      404: notFound,
    },
  },
} satisfies ApiDescription
