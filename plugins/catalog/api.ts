import type {
  AnswerDescription,
  ApiDescription,
  OperationDescription,
  QueryParameter,
} from '../../src/openapi/operation.ts'
import { bool, list, map, optional, text } from '../../src/wire/schema.ts'
import {
  DeregisterRequest,
  GatewayService,
  Node,
  NodeServiceList,
  NodeServices,
  RegisterRequest,
  ServiceNode,
} from '../../src/wire/structs/catalog.ts'
import { HttpCheckServiceNode, HttpHealthCheck, HttpNodeService } from '../../src/wire/structs/http.ts'

const filter: QueryParameter = { type: 'text', help: 'Only rows that fit this expression.' }
const nodeMeta: QueryParameter = { type: 'list', help: 'Only nodes with this metadata: `name:value`.' }
const near: QueryParameter = { type: 'text', help: 'Nearest first, from this node; `_agent` is the one asked.' }
const tag: QueryParameter = { type: 'list', help: 'Only instances with all of these tags.' }
const passing: QueryParameter = { type: 'flag', help: 'Only instances whose every check passes.' }
const cached: QueryParameter = { type: 'flag', help: 'Content with what the agent has at hand.' }
const merge: QueryParameter = { type: 'flag', help: 'Of later versions of Consul; accepted, and changes nothing.' }

const ofService = { filter, near, tag, 'node-meta': nodeMeta, cached, 'merge-central-config': merge }

function rows(
  help: string,
  json: AnswerDescription['json'],
  query: OperationDescription['query'],
  name?: string,
): OperationDescription {
  return {
    ...(name !== undefined && { path: { name } }),
    ...(query !== undefined && { query }),
    shared: 'blocking',
    answers: { 200: { help, json } },
  }
}

const instances = list(ServiceNode)
const health = list(HttpCheckServiceNode, { nil: '[]' })
const checks = list(HttpHealthCheck, { nil: '[]' })
const serviceName = 'Name of the service.'
const nodeName = 'Name or id of the node.'

/** What `/v1/catalog` and `/v1/health` take and give. */
export const catalogApi: ApiDescription = {
  'PUT /v1/catalog/register': {
    shared: 'datacenter',
    body: { help: 'The node; with it one service, and checks.', json: RegisterRequest, required: true },
    answers: { 200: { help: 'Registered.', json: bool() } },
  },
  'PUT /v1/catalog/deregister': {
    shared: 'datacenter',
    body: {
      help: 'The node, and what of it; the whole node when nothing else is named.',
      json: DeregisterRequest,
      required: true,
    },
    answers: { 200: { help: 'Removed, or was not there.', json: bool() } },
  },
  'GET /v1/catalog/datacenters': {
    query: { cached },
    answers: { 200: { help: 'Names, nearest first.', json: list(text()) } },
  },
  'GET /v1/catalog/nodes': rows('Nodes by name.', list(Node), { filter, near, 'node-meta': nodeMeta }),
  'GET /v1/catalog/services': rows('Tags by the name of the service.', map(list(text(), { nil: '[]' })), {
    'node-meta': nodeMeta,
    cached,
  }),
  'GET /v1/catalog/service/:name': rows('Instances.', instances, ofService, serviceName),
  'GET /v1/catalog/connect/:name': rows('Instances.', instances, ofService, serviceName),
  'GET /v1/catalog/node/:name': rows(
    'The node with its services by id; null when it is not there.',
    optional(NodeServices.view({ Services: { kind: map(HttpNodeService) } })),
    { filter, cached },
    nodeName,
  ),
  'GET /v1/catalog/node-services/:name': rows(
    'The node with its services.',
    NodeServiceList.view({ Services: { kind: list(HttpNodeService) } }),
    { filter, cached },
    nodeName,
  ),
  'GET /v1/catalog/gateway-services/:name': {
    ...rows('Services.', list(GatewayService), { cached }, 'Name of the gateway.'),
    missing: 'configuration entries that bind services to gateways',
  },
  'GET /v1/health/node/:name': rows('Checks.', checks, { filter, cached }, nodeName),
  'GET /v1/health/checks/:name': rows('Checks.', checks, { filter, near, 'node-meta': nodeMeta, cached }, serviceName),
  'GET /v1/health/state/:name': rows(
    'Checks.',
    checks,
    { filter, near, 'node-meta': nodeMeta, cached },
    '`passing`, `warning`, `critical`, or `any`.',
  ),
  'GET /v1/health/service/:name': rows('Instances.', health, { ...ofService, passing }, serviceName),
  'GET /v1/health/connect/:name': rows('Instances.', health, { ...ofService, passing }, serviceName),
  'GET /v1/health/ingress/:name': {
    ...rows('Gateways.', health, { ...ofService, passing }, serviceName),
    missing: 'configuration entries that bind services to gateways',
  },
}
