import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { Intention } from '../../src/wire/structs/intention.ts'
import { ServiceListings, ServiceSummaries, UiNode, UiNodes, UiTopology } from './ui-json.ts'

const filter: QueryParameter = { type: 'text', help: 'Only rows that fit this expression.' }
const kind: QueryParameter = {
  type: 'text',
  help: 'Kind of the service: empty for ordinary ones, or `ingress-gateway`.',
  required: true,
}

/** What `/v1/internal/ui` takes and gives. */
export const uiApi: ApiDescription = {
  'GET /v1/internal/ui/nodes': {
    query: { filter },
    shared: 'blocking',
    answers: { 200: { help: 'Nodes by name.', json: UiNodes } },
  },
  'GET /v1/internal/ui/node/:name': {
    path: { name: 'Name of the node.' },
    shared: 'blocking',
    answers: { 200: { help: 'The node.', json: UiNode }, 404: { help: 'There is no such node.' } },
  },
  'GET /v1/internal/ui/services': {
    query: { filter },
    shared: 'blocking',
    answers: { 200: { help: 'Services by name, made from the instances that fit the filter.', json: ServiceListings } },
  },
  'GET /v1/internal/ui/service-topology/:name': {
    path: { name: 'Name of the service.' },
    query: { kind },
    shared: 'blocking',
    answers: { 200: { help: 'Its neighbours.', json: UiTopology } },
    missing: 'intentions, and configuration entries, which say more of who talks to whom',
  },
  'GET /v1/internal/ui/gateway-services-nodes/:name': {
    path: { name: 'Name of the gateway.' },
    shared: 'blocking',
    answers: { 200: { help: 'Services.', json: ServiceSummaries } },
    missing: 'configuration entries that bind services to gateways',
  },
  'GET /v1/internal/ui/gateway-intentions/:name': {
    path: { name: 'Name of the gateway.' },
    shared: 'blocking',
    answers: { 200: { help: 'Intentions.', json: list(Intention, { nil: '[]' }) } },
    missing: 'intentions',
  },
  'GET /v1/internal/ui/metrics-proxy/:path': {
    path: { path: 'Path at the metrics server.' },
    answers: {},
    missing: 'web pages',
  },
}
