import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { list } from '../../src/wire/schema.ts'
import { Intention } from '../../src/wire/structs/intention.ts'
import { CatalogRequestError } from './errors.ts'
import { ServiceListings, ServiceSummaries, UiNode, UiNodes, UiTopology } from './ui-json.ts'

const filter = { type: 'text', help: 'Only rows that fit this expression.' } satisfies QueryParameter
/** Must be named, be it empty: pages that do not say it would be shown the wrong thing. */
const kind = {
  type: 'text',
  help: 'Kind of the service: empty for ordinary ones, or `ingress-gateway`.',
  required: true,
  refused: () => new CatalogRequestError('Missing service kind'),
} satisfies QueryParameter

/** What `/v1/internal/ui` takes and gives. */
export const uiApi = {
  'GET /v1/internal/ui/nodes': {
    summary: 'All nodes with everything on them.',
    query: { filter },
    shared: 'blocking',
    hot: true,
    answers: { 200: { help: 'Nodes by name.', json: UiNodes } },
  },
  'GET /v1/internal/ui/node/:name': {
    summary: 'A node with everything on it.',
    path: { name: 'Name of the node.' },
    shared: 'blocking',
    hot: true,
    answers: { 200: { help: 'The node.', json: UiNode }, 404: { help: 'There is no such node.' } },
  },
  'GET /v1/internal/ui/services': {
    summary: 'All services, one line for the instances of each.',
    query: { filter },
    shared: 'blocking',
    hot: true,
    answers: { 200: { help: 'Services by name, made from the instances that fit the filter.', json: ServiceListings } },
  },
  'GET /v1/internal/ui/service-topology/:name': {
    summary: 'Which services a service talks to in the mesh.',
    path: { name: 'Name of the service.' },
    query: { kind },
    shared: 'blocking',
    hot: true,
    answers: { 200: { help: 'Its neighbours.', json: UiTopology } },
    missing: 'intentions, and configuration entries, which say more of who talks to whom',
  },
  'GET /v1/internal/ui/gateway-services-nodes/:name': {
    summary: 'Services that a gateway stands in for.',
    path: { name: 'Name of the gateway.' },
    shared: 'blocking',
    hot: true,
    answers: { 200: { help: 'Services.', json: ServiceSummaries } },
    missing: 'configuration entries that bind services to gateways',
  },
  'GET /v1/internal/ui/gateway-intentions/:name': {
    summary: 'Who may connect to what a gateway stands in for.',
    path: { name: 'Name of the gateway.' },
    shared: 'blocking',
    hot: true,
    answers: { 200: { help: 'Intentions.', json: list(Intention, { nil: '[]' }) } },
    missing: 'intentions',
  },
  'GET /v1/internal/ui/metrics-proxy/:path': {
    summary: 'Metrics for the web pages, of which there are none.',
    path: { path: 'Path at the metrics server.' },
    answers: {},
    missing: 'web pages',
  },
} satisfies ApiDescription
