import { nodeFields, nodeServiceFields, serviceNodeFields } from '../../src/filter/fields.ts'
import type { Store } from '../../src/store/store.ts'
import { JsonDecodeError } from '../../src/wire/schema.ts'
import { DeregisterRequest, type Node, type NodeService, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import type { ApiRequest, RouteDeclaration } from '../http-api/contract.ts'
import type { Catalog } from './contract.ts'
import { rowFilter } from './filters.ts'
import { gatewayServicesQuestion } from './gateways.ts'
import { serviceNodesQuestion } from './instances.ts'
import type { Nearness } from './near.ts'
import { nodeContentQuestion, nodesQuestion, servicesQuestion } from './queries.ts'
import { filteredRead, jsonTrue, live, readRoute, requiredName } from './replies.ts'

/** `/v1/catalog/…`: what is registered, and low-level registration. */
export function catalogRoutes(
  store: Store,
  catalog: Catalog,
  datacenter: string,
  nearness: Nearness,
): RouteDeclaration[] {
  const ask = store.queries.ask.bind(store.queries)

  const nodeContent = (shape: 'map' | 'list') => (request: ApiRequest) => {
    const name = requiredName(request, 'node name')
    const { filter } = request.options
    return filteredRead(() =>
      live(ask(nodeContentQuestion(name, shape, rowFilter<NodeService>(filter, nodeServiceFields)))),
    )
  }

  const serviceNodes = (connect: boolean) => (request: ApiRequest) => {
    const name = requiredName(request, 'service name')
    const { filter, nodeMeta, near } = request.options
    const wanted = { connect, tags: request.query.all('tag'), nodeMeta }
    return filteredRead(() => {
      const question = serviceNodesQuestion(name, wanted, rowFilter(filter, serviceNodeFields))
      return live(ask(nearness.sorted(question, near, ({ Node }) => Node)), { cacheable: true })
    })
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
      answer: ({ options }) => ({
        ...jsonTrue,
        body: JSON.stringify([datacenter]),
        ...(options.cached && { headers: { 'X-Cache': 'MISS' } }),
      }),
    },
    readRoute('/v1/catalog/nodes', 'All nodes.', ({ options: { nodeMeta, filter, near } }) =>
      filteredRead(() => {
        const question = nodesQuestion(nodeMeta, rowFilter<Node>(filter, nodeFields))
        return live(ask(nearness.sorted(question, near, ({ Node }) => Node)))
      }),
    ),
    readRoute('/v1/catalog/services', 'All services with the tags of their instances.', ({ options: { nodeMeta } }) =>
      live(ask(servicesQuestion(nodeMeta)), { cacheable: true }),
    ),
    readRoute('/v1/catalog/service/:name', 'Instances of a service.', serviceNodes(false)),
    readRoute('/v1/catalog/connect/:name', 'Instances that speak for a service in the mesh.', serviceNodes(true)),
    readRoute('/v1/catalog/node/:name', 'A node with its services by id.', nodeContent('map')),
    readRoute('/v1/catalog/node-services/:name', 'A node with a list of its services.', nodeContent('list')),
    readRoute('/v1/catalog/gateway-services/:name', 'Services that a gateway stands in for.', (request) =>
      live(ask(gatewayServicesQuestion(requiredName(request, 'gateway name'))), { cacheable: true }),
    ),
  ]
}

async function body(request: ApiRequest): Promise<unknown> {
  const value = await request.json()
  if (value === undefined) throw new JsonDecodeError('EOF')
  return value
}
