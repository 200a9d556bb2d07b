import { bool, type Infer, int, later, list, map, optional, type Struct, struct, text } from '../schema.ts'
import { CheckType, HealthCheck } from './check.ts'

import { ConnectProxyConfig } from './proxy.ts'
import { QuerySource, queryMeta, queryOptions, raftIndex, writeRequest } from './query.ts'

export { CheckDefinition, CheckType, HealthCheck, HealthCheckDefinition } from './check.ts'

/** A host of the catalog. */
export const Node = struct('Node', {
  ID: text(),
  Node: text(),
  Address: text(),
  Datacenter: text(),
  TaggedAddresses: map(text()),
  Meta: map(text()),
  ...raftIndex,
})
export type Node = Infer<typeof Node>

export const ServiceAddress = struct('ServiceAddress', { Address: text(), Port: int() })
export type ServiceAddress = Infer<typeof ServiceAddress>

/** Shares of DNS answers while passing and while warning. */
export const Weights = struct('Weights', { Passing: int(), Warning: int() })
export type Weights = Infer<typeof Weights>

/** Service mesh settings of a service. `SidecarService` is nil in the catalog; an agent splits it off when registering. */
export interface ServiceConnect {
  Native: boolean
  SidecarService: ServiceDefinition | null
}

export const ServiceConnect: Struct<ServiceConnect> = struct(
  'ServiceConnect',
  {
    Native: bool({ omitEmpty: true }),
    SidecarService: optional(
      later(() => ServiceDefinition),
      { omitEmpty: true },
    ),
  },
  { snakeCase: true },
)

/** A service as it is written in configuration and sent to an agent. */
export const ServiceDefinition = struct(
  'ServiceDefinition',
  {
    Kind: text({ omitEmpty: true }),
    ID: text(),
    Name: text(),
    Tags: list(text()),
    Address: text(),
    TaggedAddresses: map(ServiceAddress),
    Meta: map(text()),
    Port: int(),
    SocketPath: text(),
    Check: CheckType,
    Checks: list(CheckType),
    Weights: optional(Weights),
    Token: text(),
    EnableTagOverride: bool(),
    Proxy: optional(ConnectProxyConfig),
    Connect: optional(ServiceConnect),
  },
  { snakeCase: true },
)
export type ServiceDefinition = Infer<typeof ServiceDefinition>

/** A service instance by itself, as its node has it. */
export const NodeService = struct('NodeService', {
  Kind: text({ omitEmpty: true }),
  ID: text(),
  Service: text(),
  Tags: list(text()),
  Address: text(),
  TaggedAddresses: map(ServiceAddress, { omitEmpty: true }),
  Meta: map(text()),
  Port: int({ omitEmpty: true }),
  SocketPath: text({ omitEmpty: true }),
  Weights: optional(Weights),
  EnableTagOverride: bool(),
  Proxy: ConnectProxyConfig,
  Connect: ServiceConnect,
  LocallyRegisteredAsSidecar: bool({ json: false }),
  ...raftIndex,
})
export type NodeService = Infer<typeof NodeService>

/** A service instance together with its node, all in one row. Only `/v1/catalog` shows it, never with nil tags or meta. */
export const ServiceNode = struct('ServiceNode', {
  ID: text(),
  Node: text(),
  Address: text(),
  Datacenter: text(),
  TaggedAddresses: map(text()),
  NodeMeta: map(text()),
  ServiceKind: text(),
  ServiceID: text(),
  ServiceName: text(),
  ServiceTags: list(text(), { nil: '[]' }),
  ServiceAddress: text(),
  ServiceTaggedAddresses: map(ServiceAddress, { omitEmpty: true }),
  ServiceWeights: Weights,
  ServiceMeta: map(text(), { nil: '{}' }),
  ServicePort: int(),
  ServiceSocketPath: text(),
  ServiceEnableTagOverride: bool(),
  ServiceProxy: ConnectProxyConfig,
  ServiceConnect: ServiceConnect,
  ...raftIndex,
})
export type ServiceNode = Infer<typeof ServiceNode>

/** An instance with its node and the checks of both, node checks first. */
export const CheckServiceNode = struct('CheckServiceNode', {
  Node: optional(Node),
  Service: optional(NodeService),
  Checks: list(HealthCheck),
})
export type CheckServiceNode = Infer<typeof CheckServiceNode>

export const RegisterRequest = struct('RegisterRequest', {
  Datacenter: text(),
  ID: text(),
  Node: text(),
  Address: text(),
  TaggedAddresses: map(text()),
  NodeMeta: map(text()),
  Service: optional(NodeService),
  Check: optional(HealthCheck),
  Checks: list(HealthCheck),
  SkipNodeUpdate: bool(),
  ...writeRequest,
  ...raftIndex,
})
export type RegisterRequest = Infer<typeof RegisterRequest>

export const DeregisterRequest = struct('DeregisterRequest', {
  Datacenter: text(),
  Node: text(),
  ServiceID: text(),
  CheckID: text(),
  ...writeRequest,
})
export type DeregisterRequest = Infer<typeof DeregisterRequest>

export const NodeServiceList = struct('NodeServiceList', { Node: optional(Node), Services: list(NodeService) })
export type NodeServiceList = Infer<typeof NodeServiceList>

export const NodeServices = struct('NodeServices', { Node: optional(Node), Services: map(NodeService) })
export type NodeServices = Infer<typeof NodeServices>

/** A node with everything on it, for the user interface. */
export const NodeInfo = struct('NodeInfo', {
  ID: text(),
  Node: text(),
  Address: text(),
  TaggedAddresses: map(text()),
  Meta: map(text()),
  Services: list(NodeService),
  Checks: list(HealthCheck),
})
export type NodeInfo = Infer<typeof NodeInfo>

export const ServiceName = struct('ServiceName', { Name: text() })
export type ServiceName = Infer<typeof ServiceName>

export const GatewayService = struct('GatewayService', {
  Gateway: ServiceName,
  Service: ServiceName,
  GatewayKind: text(),
  Port: int({ omitEmpty: true }),
  Protocol: text({ omitEmpty: true }),
  Hosts: list(text(), { omitEmpty: true }),
  CAFile: text({ omitEmpty: true }),
  CertFile: text({ omitEmpty: true }),
  KeyFile: text({ omitEmpty: true }),
  SNI: text({ omitEmpty: true }),
  FromWildcard: bool({ omitEmpty: true }),
  ...raftIndex,
})
export type GatewayService = Infer<typeof GatewayService>

export const ServiceInfo = struct('ServiceInfo', {
  Node: optional(Node),
  Service: optional(NodeService),
  Checks: list(HealthCheck),
  GatewayService: optional(GatewayService),
})
export type ServiceInfo = Infer<typeof ServiceInfo>

export const IndexedNodes = struct('IndexedNodes', { Nodes: list(Node), ...queryMeta })
export type IndexedNodes = Infer<typeof IndexedNodes>

export const IndexedServices = struct('IndexedServices', { Services: map(list(text())), ...queryMeta })
export type IndexedServices = Infer<typeof IndexedServices>

export const IndexedServiceList = struct('IndexedServiceList', { Services: list(ServiceName), ...queryMeta })
export type IndexedServiceList = Infer<typeof IndexedServiceList>

export const IndexedServiceNodes = struct('IndexedServiceNodes', { ServiceNodes: list(ServiceNode), ...queryMeta })
export type IndexedServiceNodes = Infer<typeof IndexedServiceNodes>

export const IndexedNodeServices = struct('IndexedNodeServices', {
  NodeServices: optional(NodeServices),
  ...queryMeta,
})
export type IndexedNodeServices = Infer<typeof IndexedNodeServices>

export const IndexedNodeServiceList = struct('IndexedNodeServiceList', { NodeServices: NodeServiceList, ...queryMeta })
export type IndexedNodeServiceList = Infer<typeof IndexedNodeServiceList>

export const IndexedHealthChecks = struct('IndexedHealthChecks', { HealthChecks: list(HealthCheck), ...queryMeta })
export type IndexedHealthChecks = Infer<typeof IndexedHealthChecks>

export const IndexedCheckServiceNodes = struct('IndexedCheckServiceNodes', {
  Nodes: list(CheckServiceNode),
  ...queryMeta,
})
export type IndexedCheckServiceNodes = Infer<typeof IndexedCheckServiceNodes>

export const IndexedGatewayServices = struct('IndexedGatewayServices', {
  Services: list(GatewayService),
  ...queryMeta,
})
export type IndexedGatewayServices = Infer<typeof IndexedGatewayServices>

export const IndexedNodeDump = struct('IndexedNodeDump', { Dump: list(NodeInfo), ...queryMeta })
export type IndexedNodeDump = Infer<typeof IndexedNodeDump>

export const IndexedServiceDump = struct('IndexedServiceDump', { Dump: list(ServiceInfo), ...queryMeta })
export type IndexedServiceDump = Infer<typeof IndexedServiceDump>

export const IndexedNodesWithGateways = struct('IndexedNodesWithGateways', {
  Nodes: list(CheckServiceNode),
  Gateways: list(GatewayService),
  ...queryMeta,
})
export type IndexedNodesWithGateways = Infer<typeof IndexedNodesWithGateways>

export const ServiceDumpRequest = struct('ServiceDumpRequest', {
  Datacenter: text(),
  ServiceKind: text(),
  UseServiceKind: bool(),
  Source: QuerySource,
  ...queryOptions,
})
export type ServiceDumpRequest = Infer<typeof ServiceDumpRequest>
