import type { ApiDescription, OperationDescription, QueryParameter } from '../../src/openapi/operation.ts'
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
import { CatalogRequestError } from './errors.ts'

const filter = { type: 'text', help: 'Only rows that fit this expression.' } satisfies QueryParameter
const nodeMeta = { type: 'list', help: 'Only nodes with this metadata: `name:value`.' } satisfies QueryParameter
const near = {
  type: 'text',
  help: 'Nearest first, from this node; `_agent` is the one asked.',
} satisfies QueryParameter
const tag = { type: 'list', help: 'Only instances with all of these tags.' } satisfies QueryParameter
const passing = {
  type: 'boolean',
  help: 'Only instances whose every check passes.',
  empty: true,
  refused: () => new CatalogRequestError('Invalid value for ?passing'),
} satisfies QueryParameter
const cached = { type: 'flag', help: 'Content with what the agent has at hand.' } satisfies QueryParameter
const merge = {
  type: 'flag',
  help: 'Of later versions of Consul; accepted, and changes nothing.',
} satisfies QueryParameter

const listed = { filter, near, 'node-meta': nodeMeta }
const ofService = { ...listed, tag, cached, 'merge-central-config': merge }

/** A read that programs wait on; its answer follows from its URL. */
function rows<K, Q extends OperationDescription['query']>(summary: string, help: string, json: K, query: Q) {
  return { summary, query, shared: 'blocking', hot: true, answers: { 200: { help, json } } } as const
}

const instances = list(ServiceNode)
const health = list(HttpCheckServiceNode, { nil: '[]' })
const checks = list(HttpHealthCheck, { nil: '[]' })
const ofServiceName = { path: { name: 'Name of the service.' } }
const ofNodeName = { path: { name: 'Name or id of the node.' } }
const ofGatewayName = { path: { name: 'Name of the gateway.' } }
const unbound = { missing: 'configuration entries that bind services to gateways' }

/** What `/v1/catalog` takes and gives. */
export const catalogApi = {
  'PUT /v1/catalog/register': {
    summary: 'Registers a node, and with it a service and checks, without an agent.',
    shared: 'datacenter',
    body: { help: 'The node; with it one service, and checks.', json: RegisterRequest, required: true },
    answers: { 200: { help: 'Registered.', json: bool() } },
  },
  'PUT /v1/catalog/deregister': {
    summary: 'Removes a service, a check, or a node with everything on it.',
    shared: 'datacenter',
    body: {
      help: 'The node, and what of it; the whole node when nothing else is named.',
      json: DeregisterRequest,
      required: true,
    },
    answers: { 200: { help: 'Removed, or was not there.', json: bool() } },
  },
  'GET /v1/catalog/datacenters': {
    summary: 'Names of the datacenters that can be asked.',
    query: { cached },
    answers: { 200: { help: 'Names, nearest first.', json: list(text()) } },
  },
  'GET /v1/catalog/nodes': rows('All nodes.', 'Nodes by name.', list(Node), listed),
  'GET /v1/catalog/services': rows(
    'All services with the tags of their instances.',
    'Tags by the name of the service.',
    map(list(text(), { nil: '[]' })),
    { 'node-meta': nodeMeta, cached },
  ),
  'GET /v1/catalog/service/:name': {
    ...rows('Instances of a service.', 'Instances.', instances, ofService),
    ...ofServiceName,
  },
  'GET /v1/catalog/connect/:name': {
    ...rows('Instances that speak for a service in the mesh.', 'Instances.', instances, ofService),
    ...ofServiceName,
  },
  'GET /v1/catalog/node/:name': {
    ...rows(
      'A node with its services by id.',
      'The node with its services by id; null when it is not there.',
      optional(NodeServices.view({ Services: { kind: map(HttpNodeService) } })),
      { filter, cached },
    ),
    ...ofNodeName,
  },
  'GET /v1/catalog/node-services/:name': {
    ...rows(
      'A node with a list of its services.',
      'The node with its services.',
      NodeServiceList.view({ Services: { kind: list(HttpNodeService) } }),
      { filter, cached },
    ),
    ...ofNodeName,
  },
  'GET /v1/catalog/gateway-services/:name': {
    ...rows('Services that a gateway stands in for.', 'Services.', list(GatewayService), { cached }),
    ...ofGatewayName,
    ...unbound,
  },
} satisfies ApiDescription

/** What `/v1/health` takes and gives. */
export const healthApi = {
  'GET /v1/health/node/:name': {
    ...rows('Checks of a node and its services.', 'Checks.', checks, { filter, cached }),
    ...ofNodeName,
  },
  'GET /v1/health/checks/:name': {
    ...rows('Checks of the instances of a service.', 'Checks.', checks, { ...listed, cached }),
    ...ofServiceName,
  },
  'GET /v1/health/state/:name': {
    ...rows('Checks in a state: passing, warning, critical or any.', 'Checks.', checks, { ...listed, cached }),
    path: { name: '`passing`, `warning`, `critical`, or `any`.' },
  },
  'GET /v1/health/service/:name': {
    ...rows('Instances of a service with their node and checks.', 'Instances.', health, { ...ofService, passing }),
    ...ofServiceName,
  },
  'GET /v1/health/connect/:name': {
    ...rows('Instances that speak for a service in the mesh.', 'Instances.', health, { ...ofService, passing }),
    ...ofServiceName,
  },
  'GET /v1/health/ingress/:name': {
    ...rows('Ingress gateways of a service.', 'Gateways.', health, { ...ofService, passing }),
    ...ofServiceName,
    ...unbound,
  },
} satisfies ApiDescription
