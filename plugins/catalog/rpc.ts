import { nodeFields, nodeServiceFields, serviceNodeFields } from '../../src/filter/fields.ts'
import { method, Nothing, readMethod } from '../../src/rpc/method.ts'
import { datacentersByDistance } from '../../src/rules/datacenters-by-distance.ts'
import { list, message, text } from '../../src/wire/schema.ts'
import {
  DeregisterRequest,
  IndexedGatewayServices,
  IndexedNodeServiceList,
  IndexedNodeServices,
  IndexedNodes,
  IndexedServiceNodes,
  IndexedServices,
  type Node,
  type NodeService,
  RegisterRequest,
  type ServiceNode,
} from '../../src/wire/structs/catalog.ts'
import {
  DatacentersRequest,
  DCSpecificRequest,
  NodeSpecificRequest,
  ServiceSpecificRequest,
} from '../../src/wire/structs/query.ts'
import type { Members } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { MethodTable } from '../rpc/contract.ts'
import { serviceNodesAtQuestion } from './address-owners.ts'
import {
  instancesAsked,
  instancesRequest,
  type ListAsked,
  listAsked,
  listOf,
  listRequest,
  type NodeAsked,
  ofNode,
  type ServiceNodesAsked,
} from './asked.ts'
import { rowFilter } from './filters.ts'
import { gatewayServicesQuestion } from './gateways.ts'
import { serviceNodesQuestion } from './instances.ts'
import type { Nearness } from './near.ts'
import { type NodeContent, nodeContentQuestion, nodesQuestion, servicesQuestion } from './queries.ts'
import { prepareDeregister, prepareRegister } from './register.ts'

/*
 * Lists of nodes, instances and checks may be nil when there is nothing; those behind a filter are then empty. What a
 * row holds goes out as it was registered, nil or empty (protocol/servers.md §3).
 */

/** Registers a node, and with it a service and checks. */
export const catalogRegister = method({ name: 'Catalog.Register', request: RegisterRequest, reply: Nothing })

/** Removes a service, a check, or a node with everything on it. */
export const catalogDeregister = method({ name: 'Catalog.Deregister', request: DeregisterRequest, reply: Nothing })

/** Names of the datacenters, the server's own first, the nearest of the others next. */
export const catalogDatacenters = method({
  name: 'Catalog.ListDatacenters',
  request: DatacentersRequest,
  reply: message(list(text())),
})

/** The reads of the catalog; `nearness` sorts where the sorting is done, which is on the server. */
export function catalogReads(nearness: Nearness) {
  const nodes = readMethod({
    name: 'Catalog.ListNodes',
    request: DCSpecificRequest,
    reply: IndexedNodes,
    toRequest: (asked: ListAsked) => listRequest(asked),
    fromRequest: (request) => listAsked(request),
    question: ({ nodeMeta, filter, near }) =>
      nearness.sorted(nodesQuestion(nodeMeta, rowFilter<Node>(filter, nodeFields)), near, ({ Node }) => Node),
    toReply: (rows, asked) => ({ Nodes: listOf(rows, asked) }),
    fromReply: ({ Nodes }) => Nodes ?? [],
  })

  const services = readMethod({
    name: 'Catalog.ListServices',
    request: DCSpecificRequest,
    reply: IndexedServices,
    toRequest: (nodeMeta: ListAsked['nodeMeta']) => listRequest({ nodeMeta, filter: '', near: undefined }),
    fromRequest: ({ NodeMetaFilters }) => NodeMetaFilters ?? {},
    question: servicesQuestion,
    toReply: (Services) => ({ Services }),
    fromReply: ({ Services }) => (Services ?? {}) as Readonly<Record<string, readonly string[]>>,
  })

  const serviceNodes = readMethod({
    name: 'Catalog.ServiceNodes',
    request: ServiceSpecificRequest,
    reply: IndexedServiceNodes,
    toRequest: (asked: ServiceNodesAsked) => ({ ...instancesRequest(asked), ServiceAddress: asked.address }),
    fromRequest: (request): ServiceNodesAsked => ({
      ...instancesAsked(request, request.ServiceAddress !== ''),
      address: request.ServiceAddress,
    }),
    question: ({ service, address, filter, near, ...wanted }) => {
      const narrow = rowFilter<ServiceNode>(filter, serviceNodeFields)
      const question =
        address === '' ? serviceNodesQuestion(service, wanted, narrow) : serviceNodesAtQuestion(address, narrow)
      return nearness.sorted(question, near, ({ Node }) => Node)
    },
    toReply: (rows, asked) => ({ ServiceNodes: listOf(rows.map(settledLists), asked) }),
    fromReply: ({ ServiceNodes }) => ServiceNodes ?? [],
  })

  const nodeServices = readMethod({
    name: 'Catalog.NodeServices',
    request: NodeSpecificRequest,
    reply: IndexedNodeServices,
    ...ofNode,
    question: ({ node, filter }: NodeAsked) =>
      nodeContentQuestion(node, 'map', rowFilter<NodeService>(filter, nodeServiceFields)),
    toReply: ({ node, services }) => {
      if (node === undefined) return { NodeServices: null }
      const byId = Object.create(null) as Record<string, NodeService>
      for (const service of services) byId[service.ID] = service
      return { NodeServices: { Node: node, Services: byId } }
    },
    fromReply: ({ NodeServices }): NodeContent => ({
      node: NodeServices?.Node ?? undefined,
      services: Object.values(NodeServices?.Services ?? {}),
    }),
  })

  const nodeServiceList = readMethod({
    name: 'Catalog.NodeServiceList',
    request: NodeSpecificRequest,
    reply: IndexedNodeServiceList,
    ...ofNode,
    question: ({ node, filter }: NodeAsked) =>
      nodeContentQuestion(node, 'list', rowFilter<NodeService>(filter, nodeServiceFields)),
    toReply: ({ node, services }, asked) => ({
      NodeServices: { Node: node ?? null, Services: node === undefined ? null : listOf(services, asked) },
    }),
    fromReply: ({ NodeServices: { Node, Services } }): NodeContent => ({
      node: Node ?? undefined,
      services: Services ?? [],
    }),
  })

  const gatewayServices = readMethod({
    name: 'Catalog.GatewayServices',
    request: ServiceSpecificRequest,
    reply: IndexedGatewayServices,
    toRequest: (gateway: string) => ({ ServiceName: gateway }),
    fromRequest: ({ ServiceName }) => ServiceName,
    question: gatewayServicesQuestion,
    toReply: () => ({ Services: null }),
    fromReply: ({ Services }) => Services ?? [],
  })

  return { nodes, services, serviceNodes, nodeServices, nodeServiceList, gatewayServices }
}

export type CatalogReads = ReturnType<typeof catalogReads>

export interface CatalogMethodsSetup {
  readonly consensus: Consensus
  /** Names of the datacenters, our own first. */
  readonly datacenters: () => readonly string[]
}

/** The writes of the catalog, and what is no replicated state. */
export function addCatalogMethods(methods: MethodTable, { consensus, datacenters }: CatalogMethodsSetup): void {
  // Without the caller's signal: one that goes away does not take its write back.
  methods.add(catalogRegister, 'leader', async (request) => {
    await consensus.propose('Register', prepareRegister(request))
    return {}
  })
  methods.add(catalogDeregister, 'leader', async (request) => {
    await consensus.propose('Deregister', prepareDeregister(request))
    return {}
  })
  methods.add(catalogDatacenters, 'anywhere', () => datacenters())
}

/** Our own datacenter and those whose servers are known, the nearest first. */
export function datacentersOf(own: string, members: Members): string[] {
  return datacentersByDistance(own, members.list(true), (name) => members.roundTripMs(name, true))
}

/** In this reply, unlike in others, lists are never nil and addresses never empty. */
function settledLists(row: ServiceNode): ServiceNode {
  const addresses = row.ServiceTaggedAddresses
  return {
    ...row,
    ServiceTags: row.ServiceTags ?? [],
    ServiceMeta: row.ServiceMeta ?? {},
    ServiceTaggedAddresses: addresses === null || Object.keys(addresses).length === 0 ? null : addresses,
  }
}
