import type { AnswerDescription, ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list, map, opaque, struct, text } from '../../src/wire/schema.ts'
import { AgentService } from '../../src/wire/structs/agent.ts'
import { CheckDefinition, ServiceDefinition } from '../../src/wire/structs/catalog.ts'
import { HttpHealthCheck } from '../../src/wire/structs/http.ts'
import { InstanceHealth } from './health-routes.ts'

const filter: QueryParameter = { type: 'text', help: 'Only rows that fit this expression.' }
const note: QueryParameter = { type: 'text', help: 'Output of the check.' }
const checkPath = { id: 'Id of the check.' }
const servicePath = { id: 'Id of the service.' }
const done: ApiDescription[string]['answers'] = { 200: { help: 'Done; no body.' } }
const notHere = { help: 'It is not registered on this agent.' }
const maintenance: Record<string, QueryParameter> = {
  enable: { type: 'boolean', help: 'Begin (`true`) or end.', required: true },
  reason: { type: 'text', help: 'Stands beside the critical check for others to see.' },
}

function health(passing: AnswerDescription, unknown: AnswerDescription): ApiDescription[string]['answers'] {
  return {
    200: passing,
    404: unknown,
    429: { ...passing, help: 'Warning.' },
    503: { ...passing, help: 'Critical, or in maintenance.' },
  }
}

const format: QueryParameter = { type: 'text', help: '`text` answers with the status alone.' }
const one: AnswerDescription = { help: 'Passing.', json: [InstanceHealth, text()], type: 'text/plain' }
const all: AnswerDescription = { help: 'All pass.', json: list(InstanceHealth), type: 'text/plain' }

/** What `/v1/agent` takes and gives, as far as it is about this agent and what is registered on it. */
export const localStateApi: ApiDescription = {
  'GET /v1/agent/self': { answers: { 200: { help: 'Configuration, figures and member data.', json: opaque() } } },
  'GET /v1/agent/version': { answers: { 200: { help: 'Version of the agent.', json: opaque() } } },
  'PUT /v1/agent/reload': { answers: done },
  'PUT /v1/agent/token/:kind': {
    path: { kind: 'Which token.' },
    answers: { 401: { help: 'Access control lists are off.' } },
    missing: 'access control lists',
  },
  'GET /v1/agent/services': {
    query: { filter },
    answers: { 200: { help: 'Services by id.', json: map(AgentService) } },
  },
  'GET /v1/agent/service/:id': {
    path: servicePath,
    query: {
      hash: { type: 'text', help: 'Wait until the service differs from this: the X-Consul-ContentHash of an answer.' },
      wait: { type: 'duration', help: 'How long to wait.' },
    },
    answers: { 200: { help: 'The service.', json: AgentService }, 404: notHere },
  },
  'PUT /v1/agent/service/register': {
    query: { 'replace-existing-checks': { type: 'flag', help: 'Checks of the service that are not in the body go.' } },
    body: {
      help: 'The service; names of fields in any letter case, or in snake_case.',
      json: ServiceDefinition,
      required: true,
    },
    answers: done,
  },
  'PUT /v1/agent/service/deregister/:id': { path: servicePath, answers: { ...done, 404: notHere } },
  'PUT /v1/agent/service/maintenance/:id': {
    path: servicePath,
    query: maintenance,
    answers: { ...done, 404: notHere },
  },
  'PUT /v1/agent/maintenance': { query: maintenance, answers: done },
  'GET /v1/agent/health/service/id/:id': {
    path: servicePath,
    query: { format },
    answers: health(one, { ...one, help: notHere.help }),
  },
  'GET /v1/agent/health/service/name/:name': {
    path: { name: 'Name of the service.' },
    query: { format },
    answers: health(all, { ...all, help: notHere.help }),
  },
  'GET /v1/agent/checks': {
    query: { filter },
    answers: { 200: { help: 'Checks by id.', json: map(HttpHealthCheck) } },
  },
  'PUT /v1/agent/check/register': {
    body: {
      help: 'The check; names of fields in any letter case, or in snake_case.',
      json: CheckDefinition,
      required: true,
    },
    answers: done,
  },
  'PUT /v1/agent/check/deregister/:id': { path: checkPath, answers: { ...done, 404: notHere } },
  'PUT /v1/agent/check/pass/:id': { path: checkPath, query: { note }, answers: done },
  'PUT /v1/agent/check/warn/:id': { path: checkPath, query: { note }, answers: done },
  'PUT /v1/agent/check/fail/:id': { path: checkPath, query: { note }, answers: done },
  'PUT /v1/agent/check/update/:id': {
    path: checkPath,
    body: {
      help: 'Status and output.',
      json: struct('CheckReport', { Status: text(), Output: text() }),
      required: true,
    },
    answers: done,
  },
}
