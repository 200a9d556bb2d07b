import { routesOf } from '../../src/openapi/routes.ts'
import { DatacentersRequest } from '../../src/wire/structs/query.ts'
import type { RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { catalogApi } from './api.ts'
import type { Catalog } from './contract.ts'
import { filteredRead, jsonTrue, listOptions, live, required } from './replies.ts'
import { type CatalogReads, catalogDatacenters } from './rpc.ts'

/** `/v1/catalog/…`: what is registered, and low-level registration. */
export function catalogRoutes(rpc: Rpc, catalog: Catalog, reads: CatalogReads): RouteDeclaration[] {
  const nodeAsked = ({ params, options }: NodeRequest) => ({
    node: required(params.name, 'node name'),
    filter: options.filter ?? '',
  })

  const serviceNodes = (connect: boolean) => (request: ServiceRequest) => {
    const service = required(request.params.name, 'service name')
    const asked = { service, address: '', connect, tags: request.parameter('tag'), ...listOptions(request) }
    return filteredRead(() => live(rpc.read(reads.serviceNodes, asked), { cacheable: true }))
  }

  return routesOf(catalogApi, {
    async 'PUT /v1/catalog/register'(request) {
      await catalog.register(await request.read(), request.signal)
      return jsonTrue
    },
    async 'PUT /v1/catalog/deregister'(request) {
      await catalog.deregister(await request.read(), request.signal)
      return jsonTrue
    },
    async 'GET /v1/catalog/datacenters'(request) {
      const list = async (signal: AbortSignal) =>
        JSON.stringify(await rpc.call(catalogDatacenters, DatacentersRequest.zero(), signal))
      if (!request.options.cached) return { ...jsonTrue, body: await list(request.signal) }
      const { bytes, headers } = await request.cached([], async (signal) => Buffer.from(await list(signal)))
      return { ...jsonTrue, body: bytes, headers }
    },
    'GET /v1/catalog/nodes': (request) => filteredRead(() => live(rpc.read(reads.nodes, listOptions(request)))),
    'GET /v1/catalog/services': ({ options }) => live(rpc.read(reads.services, options.nodeMeta), { cacheable: true }),
    'GET /v1/catalog/service/:name': serviceNodes(false),
    'GET /v1/catalog/connect/:name': serviceNodes(true),
    'GET /v1/catalog/node/:name'(request) {
      const asked = nodeAsked(request)
      return filteredRead(() => live(rpc.read(reads.nodeServices, asked)))
    },
    'GET /v1/catalog/node-services/:name'(request) {
      const asked = nodeAsked(request)
      return filteredRead(() => live(rpc.read(reads.nodeServiceList, asked)))
    },
    'GET /v1/catalog/gateway-services/:name': ({ params }) =>
      live(rpc.read(reads.gatewayServices, required(params.name, 'gateway name')), { cacheable: true }),
  })
}

type Operations = typeof catalogApi
type NodeRequest = RequestOf<Operations['GET /v1/catalog/node/:name']>
type ServiceRequest = RequestOf<Operations['GET /v1/catalog/service/:name']>
