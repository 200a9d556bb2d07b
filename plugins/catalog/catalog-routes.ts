import { JsonDecodeError } from '../../src/wire/schema.ts'
import { DeregisterRequest, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { DatacentersRequest } from '../../src/wire/structs/query.ts'
import type { ApiRequest, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import type { Catalog } from './contract.ts'
import { filteredRead, jsonTrue, listOptions, live, readRoute, requiredName } from './replies.ts'
import { type CatalogReads, catalogDatacenters } from './rpc.ts'

/** `/v1/catalog/…`: what is registered, and low-level registration. */
export function catalogRoutes(rpc: Rpc, catalog: Catalog, reads: CatalogReads): RouteDeclaration[] {
  const nodeAsked = (request: ApiRequest) => ({
    node: requiredName(request, 'node name'),
    filter: request.options.filter ?? '',
  })

  const serviceNodes = (connect: boolean) => (request: ApiRequest) => {
    const service = requiredName(request, 'service name')
    const asked = { service, address: '', connect, tags: request.query.all('tag'), ...listOptions(request) }
    return filteredRead(() => live(rpc.read(reads.serviceNodes, asked), { cacheable: true }))
  }

  return [
    {
      methods: ['PUT'],
      path: '/v1/catalog/register',
      summary: 'Registers a node, and with it a service and checks, without an agent.',
      answer: async (request) => {
        await catalog.register(RegisterRequest.fromJson(await body(request)), request.signal)
        return jsonTrue
      },
    },
    {
      methods: ['PUT'],
      path: '/v1/catalog/deregister',
      summary: 'Removes a service, a check, or a node with everything on it.',
      answer: async (request) => {
        await catalog.deregister(DeregisterRequest.fromJson(await body(request)), request.signal)
        return jsonTrue
      },
    },
    {
      methods: ['GET'],
      path: '/v1/catalog/datacenters',
      summary: 'Names of the datacenters that can be asked.',
      answer: async ({ options, signal }) => ({
        ...jsonTrue,
        body: JSON.stringify(await rpc.call(catalogDatacenters, DatacentersRequest.zero(), signal)),
        ...(options.cached && { headers: { 'X-Cache': 'MISS' } }),
      }),
    },
    readRoute('/v1/catalog/nodes', 'All nodes.', (request) =>
      filteredRead(() => live(rpc.read(reads.nodes, listOptions(request)))),
    ),
    readRoute('/v1/catalog/services', 'All services with the tags of their instances.', ({ options: { nodeMeta } }) =>
      live(rpc.read(reads.services, nodeMeta), { cacheable: true }),
    ),
    readRoute('/v1/catalog/service/:name', 'Instances of a service.', serviceNodes(false)),
    readRoute('/v1/catalog/connect/:name', 'Instances that speak for a service in the mesh.', serviceNodes(true)),
    readRoute('/v1/catalog/node/:name', 'A node with its services by id.', (request) => {
      const asked = nodeAsked(request)
      return filteredRead(() => live(rpc.read(reads.nodeServices, asked)))
    }),
    readRoute('/v1/catalog/node-services/:name', 'A node with a list of its services.', (request) => {
      const asked = nodeAsked(request)
      return filteredRead(() => live(rpc.read(reads.nodeServiceList, asked)))
    }),
    readRoute('/v1/catalog/gateway-services/:name', 'Services that a gateway stands in for.', (request) =>
      live(rpc.read(reads.gatewayServices, requiredName(request, 'gateway name')), { cacheable: true }),
    ),
  ]
}

async function body(request: ApiRequest): Promise<unknown> {
  const value = await request.json()
  if (value === undefined) throw new JsonDecodeError('EOF')
  return value
}
