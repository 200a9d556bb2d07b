import type {
  AnswerDescription,
  ApiDescription,
  OperationDescription,
  QueryParameter,
} from '../../src/openapi/operation.ts'
import { type Infer, list, map, opaque, optional, struct, text } from '../../src/wire/schema.ts'
import { AgentHealthCheck, AgentService } from '../../src/wire/structs/agent.ts'
import { CheckDefinition, ServiceDefinition } from '../../src/wire/structs/catalog.ts'
import { HttpHealthCheck } from '../../src/wire/structs/http.ts'
import { RegistrationError } from './errors.ts'
import { withSource } from './with-source.ts'

const filter = { type: 'text', help: 'Only rows that fit this expression.' } satisfies QueryParameter
const checkPath = { id: 'Id of the check.' }
const servicePath = { id: 'Id of the service.' }
const done = { 200: { help: 'Done; no body.' } }
const notHere = { help: 'It is not registered on this agent.' }

/** What `/v1/agent` says of the agent and lets it do. */
export const selfApi = {
  'GET /v1/agent/self': {
    summary: 'Name, id, datacenter, version and figures of this agent.',
    answers: { 200: { help: 'Configuration, figures and member data.', json: opaque() } },
  },
  'GET /v1/agent/version': {
    summary: 'The release of Consul whose interface this is.',
    answers: { 200: { help: 'Version of the agent.', json: opaque() } },
  },
  'PUT /v1/agent/reload': { summary: 'Reads the configuration anew.', answers: done },
  'PUT /v1/agent/token/:kind': {
    summary: "Changes one of the agent's own tokens; refused, as there are no ACLs.",
    path: { kind: 'Which token.' },
    answers: { 401: { help: 'Access control lists are off.' } },
    missing: 'access control lists',
  },
} satisfies ApiDescription

/** What the endpoints of services on this agent take and give. */
export const serviceApi = {
  'GET /v1/agent/services': {
    summary: 'Services registered on this agent, by id; `filter` selects.',
    query: { filter },
    answers: { 200: { help: 'Services by id.', json: map(AgentService) } },
  },
  'GET /v1/agent/service/:id': {
    summary: 'One service registered on this agent; with `hash` the answer waits until the service differs from that.',
    path: servicePath,
    query: {
      hash: { type: 'text', help: 'Wait until the service differs from this: the X-Consul-ContentHash of an answer.' },
      wait: { type: 'duration', help: 'How long to wait.' },
    },
    answers: { 200: { help: 'The service.', json: AgentService }, 404: notHere },
  },
  'PUT /v1/agent/service/register': {
    summary: 'Registers a service with its checks on this agent, or replaces it.',
    query: {
      'replace-existing-checks': {
        type: 'flag',
        help: 'Checks of the service that are not in the body go.',
        on: (written) => written === '' || written === 'true',
      },
    },
    body: {
      help: 'The service; names of fields in any letter case, or in snake_case.',
      json: withSource(ServiceDefinition),
      required: true,
    },
    answers: done,
  },
  'PUT /v1/agent/service/deregister/:id': {
    summary: 'Removes a service and its checks from this agent.',
    path: servicePath,
    answers: { ...done, 404: notHere },
  },
} satisfies ApiDescription

const maintenance = {
  enable: {
    type: 'boolean',
    help: 'Begin (`true`) or end.',
    required: true,
    empty: 'refused',
    refused: (_reason: string, written: string | undefined) =>
      new RegistrationError(
        written === undefined ? 'Missing value for enable' : `Invalid value for enable: ${JSON.stringify(written)}`,
      ),
  },
  reason: { type: 'text', help: 'Stands beside the critical check for others to see.' },
} satisfies OperationDescription['query']

/** What takes the node or one of its services out of discovery. */
export const maintenanceApi = {
  'PUT /v1/agent/maintenance': {
    summary: 'Switches maintenance mode of this node on or off (`enable`), with a `reason`.',
    query: maintenance,
    answers: done,
  },
  'PUT /v1/agent/service/maintenance/:id': {
    summary: 'Switches maintenance mode of one service on or off (`enable`), with a `reason`.',
    path: servicePath,
    query: maintenance,
    answers: { ...done, 404: notHere },
  },
} satisfies ApiDescription

/** An instance on this agent with its checks, and the status that follows from them. */
export const InstanceHealth = struct('InstanceHealth', {
  AggregatedStatus: text(),
  Service: optional(AgentService),
  Checks: list(AgentHealthCheck),
})
export type InstanceHealth = Infer<typeof InstanceHealth>

function health<P extends AnswerDescription>(passing: P, unknown: P) {
  return {
    200: passing,
    404: unknown,
    429: { ...passing, help: 'Warning.' },
    503: { ...passing, help: 'Critical, or in maintenance.' },
  }
}

const format = { type: 'text', help: '`text` answers with the status alone.' } satisfies QueryParameter
const one = { help: 'Passing.', json: [InstanceHealth, text()], type: 'text/plain' }
const all = { help: 'All pass.', json: list(InstanceHealth), type: 'text/plain' }

/** What is asked about the health of instances on this agent, without the cluster. */
export const instanceHealthApi = {
  'GET /v1/agent/health/service/id/:id': {
    summary: 'Health of one service of this agent, told by the status code too: 200, 429 or 503.',
    path: servicePath,
    query: { format },
    answers: health(one, { ...one, help: notHere.help }),
  },
  'GET /v1/agent/health/service/name/:name': {
    summary: 'Health of all instances of a service on this agent; the status code is that of the worst.',
    path: { name: 'Name of the service.' },
    query: { format },
    answers: health(all, { ...all, help: notHere.help }),
  },
} satisfies ApiDescription

function report(status: string) {
  return {
    summary: `Reports a TTL check ${status}; \`note\` is its output.`,
    path: checkPath,
    query: { note: { type: 'text', help: 'Output of the check.' } },
    answers: done,
  } as const
}

/** What the endpoints of checks on this agent take and give. */
export const checkApi = {
  'GET /v1/agent/checks': {
    summary: 'Checks registered on this agent, by id; `filter` selects.',
    query: { filter },
    answers: { 200: { help: 'Checks by id.', json: map(HttpHealthCheck) } },
  },
  'PUT /v1/agent/check/register': {
    summary: 'Registers a check of the node, or with `ServiceID` of one of its services.',
    body: {
      help: 'The check; names of fields in any letter case, or in snake_case.',
      json: withSource(CheckDefinition),
      required: true,
    },
    answers: done,
  },
  'PUT /v1/agent/check/deregister/:id': {
    summary: 'Removes a check from this agent.',
    path: checkPath,
    answers: { ...done, 404: notHere },
  },
  'PUT /v1/agent/check/pass/:id': report('passing'),
  'PUT /v1/agent/check/warn/:id': report('warning'),
  'PUT /v1/agent/check/fail/:id': report('critical'),
  'PUT /v1/agent/check/update/:id': {
    summary: 'Reports a TTL check with a status and an output.',
    path: checkPath,
    body: {
      help: 'Status and output.',
      json: struct('CheckReport', { Status: text(), Output: text() }),
      required: true,
    },
    answers: done,
  },
} satisfies ApiDescription
