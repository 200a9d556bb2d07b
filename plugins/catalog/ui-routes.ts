import { routesOf } from '../../src/openapi/routes.ts'
import type { Kind } from '../../src/wire/schema.ts'
import type { NodeInfo } from '../../src/wire/structs/catalog.ts'
import type { LiveReply, RenderedAnswer, RouteDeclaration } from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { CatalogRefusedError, CatalogRequestError, NoPagesError } from './errors.ts'
import { nodeDump, nodeInfo, serviceDump } from './internal-rpc.ts'
import { filteredRead, required } from './replies.ts'
import { gatewayIntentions, gatewayServiceDump, serviceTopology, topologyKind } from './topology-rpc.ts'
import { uiApi } from './ui-api.ts'
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
  return routesOf(uiApi, {
    'GET /v1/internal/ui/nodes': ({ options }) =>
      filteredRead(() => shown(rpc.read(nodeDump, options.filter ?? ''), renderNodes)),
    'GET /v1/internal/ui/node/:name': ({ params }) =>
      shown(rpc.read(nodeInfo, required(params.name, 'node name')), renderNode),
    'GET /v1/internal/ui/services': ({ options }) =>
      filteredRead(() =>
        shown(rpc.read(serviceDump, { kind: undefined, filter: options.filter ?? '' }), renderServices),
      ),
    'GET /v1/internal/ui/service-topology/:name'(request) {
      const service = required(request.params.name, 'service name')
      const kind = wantedKind(request.parameter('kind'))
      return shown(rpc.read(serviceTopology, { service, kind }), renderTopology)
    },
    'GET /v1/internal/ui/gateway-services-nodes/:name': ({ params }) =>
      shown(rpc.read(gatewayServiceDump, required(params.name, 'gateway name')), renderBoundServices),
    'GET /v1/internal/ui/gateway-intentions/:name': ({ params }) =>
      shown(rpc.read(gatewayIntentions, required(params.name, 'gateway name')), undefined),
    'GET /v1/internal/ui/metrics-proxy/:path'() {
      throw new NoPagesError()
    },
  })
}

function shown(read: Read<unknown>, render: Render | undefined): LiveReply {
  return { kind: 'live', query: read.query, remote: read, render }
}

function wantedKind(written: string) {
  try {
    return topologyKind(written)
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
