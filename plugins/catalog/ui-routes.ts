import type { Kind } from '../../src/wire/schema.ts'
import type { NodeInfo } from '../../src/wire/structs/catalog.ts'
import type { ApiRequest, LiveReply, RenderedAnswer, RouteDeclaration } from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { CatalogRefusedError, CatalogRequestError, NoPagesError } from './errors.ts'
import { nodeDump, nodeInfo, serviceDump } from './internal-rpc.ts'
import { filteredRead, readRoute, requiredName } from './replies.ts'
import { gatewayIntentions, gatewayServiceDump, serviceTopology, topologyKind } from './topology-rpc.ts'
import {
  boundServices,
  ServiceListings,
  ServiceSummaries,
  serviceListings,
  topologySummary,
  UiNode,
  UiNodes,
  UiTopology,
} from './ui-json.ts'

type Render = NonNullable<LiveReply['render']>

/** `/v1/internal/ui/…`: the catalog as web pages show it. */
export function uiRoutes(rpc: Rpc): RouteDeclaration[] {
  return [
    readRoute('/v1/internal/ui/nodes', 'All nodes with everything on them.', ({ options }) =>
      filteredRead(() => shown(rpc.read(nodeDump, options.filter ?? ''), renderNodes)),
    ),
    readRoute('/v1/internal/ui/node/:name', 'A node with everything on it.', (request) =>
      shown(rpc.read(nodeInfo, requiredName(request, 'node name')), renderNode),
    ),
    readRoute('/v1/internal/ui/services', 'All services, one line for the instances of each.', ({ options }) =>
      filteredRead(() =>
        shown(rpc.read(serviceDump, { kind: undefined, filter: options.filter ?? '' }), renderServices),
      ),
    ),
    readRoute('/v1/internal/ui/service-topology/:name', 'Which services a service talks to in the mesh.', (request) => {
      const service = requiredName(request, 'service name')
      return shown(rpc.read(serviceTopology, { service, kind: wantedKind(request) }), renderTopology)
    }),
    readRoute('/v1/internal/ui/gateway-services-nodes/:name', 'Services that a gateway stands in for.', (request) =>
      shown(rpc.read(gatewayServiceDump, requiredName(request, 'gateway name')), renderBoundServices),
    ),
    readRoute(
      '/v1/internal/ui/gateway-intentions/:name',
      'Who may connect to what a gateway stands in for.',
      (request) => shown(rpc.read(gatewayIntentions, requiredName(request, 'gateway name')), undefined),
    ),
    {
      methods: ['GET'],
      path: '/v1/internal/ui/metrics-proxy/:path',
      summary: 'Metrics for the web pages, of which there are none.',
      answer: () => {
        throw new NoPagesError()
      },
    },
  ]
}

function shown(read: Read<unknown>, render: Render | undefined): LiveReply {
  return { kind: 'live', query: read.query, remote: read, render }
}

/** Must be named, be it empty: pages that do not say it would be shown the wrong thing. */
function wantedKind({ query }: ApiRequest) {
  const kind = query.get('kind')
  if (kind === undefined) throw new CatalogRequestError('Missing service kind')
  try {
    return topologyKind(kind)
  } catch (error) {
    if (!(error instanceof CatalogRefusedError)) throw error
    throw new CatalogRequestError(error.message)
  }
}

const renderNodes: Render = json(UiNodes, (nodes) => nodes)
const renderServices: Render = json(ServiceListings, serviceListings)
const renderTopology: Render = json(UiTopology, topologySummary)
const renderBoundServices: Render = json(ServiceSummaries, boundServices)

/** Consul sends the 404 before it has the headers of the read. */
function renderNode([node]: readonly NodeInfo[]): RenderedAnswer {
  if (node === undefined) return { status: 404, type: undefined, body: '', bare: true }
  return { status: 200, type: 'application/json', body: UiNode.toJson(node) }
}

function json<Value, Shown>(kind: Kind<Shown>, show: (value: Value) => Shown): (value: Value) => RenderedAnswer {
  return (value) => ({ status: 200, type: 'application/json', body: kind.writeJson(show(value)) })
}
