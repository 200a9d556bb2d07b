import type { Field, FieldDescription } from './field-description.ts'

/**
 * What each filterable endpoint's rows offer to `?filter=`, by the structs of protocol/servers.md §7.2 and the
 * "Filtering" tables of Consul's API reference. Indexes, check definitions, opaque `Config` maps and what a proxy
 * learns from central configuration are not selectable.
 */

const text: Field = { kind: 'text' }
const number: Field = { kind: 'number' }
const bool: Field = { kind: 'bool' }
const texts: Field = { kind: 'texts' }
const mapOf = (values: Field): Field => ({ kind: 'map', values })
const struct = (fields: FieldDescription): Field => ({ kind: 'struct', fields })
const structs = (fields: FieldDescription): Field => ({ kind: 'structs', fields })

const serviceAddresses = mapOf(struct({ Address: text, Port: number }))
const weights = struct({ Passing: number, Warning: number })
const meshGateway = struct({ Mode: text })
const connect = struct({ Native: bool })

const upstreams = structs({
  DestinationType: text,
  DestinationNamespace: text,
  DestinationName: text,
  Datacenter: text,
  LocalBindAddress: text,
  LocalBindPort: number,
  LocalBindSocketPath: text,
  LocalBindSocketMode: text,
  MeshGateway: meshGateway,
})

const exposedPaths = structs({
  ListenerPort: number,
  Path: text,
  LocalPathPort: number,
  Protocol: text,
  ParsedFromCheck: bool,
})

const proxy = struct({
  DestinationServiceName: text,
  DestinationServiceID: text,
  LocalServiceAddress: text,
  LocalServicePort: number,
  LocalServiceSocketPath: text,
  Mode: text,
  Upstreams: upstreams,
  MeshGateway: meshGateway,
  Expose: struct({ Checks: bool, Paths: exposedPaths }),
  TransparentProxy: struct({ OutboundListenerPort: number, DialedDirectly: bool }),
})

/** `/v1/catalog/nodes`. */
export const nodeFields: FieldDescription = {
  ID: text,
  Node: text,
  Address: text,
  Datacenter: text,
  TaggedAddresses: mapOf(text),
  Meta: mapOf(text),
}

/** Each service of `/v1/catalog/node/:node` and `/v1/catalog/node-services/:node`. */
export const nodeServiceFields: FieldDescription = {
  Kind: text,
  ID: text,
  Service: text,
  Tags: texts,
  Address: text,
  TaggedAddresses: serviceAddresses,
  Meta: mapOf(text),
  Port: number,
  SocketPath: text,
  Weights: weights,
  EnableTagOverride: bool,
  Proxy: proxy,
  Connect: connect,
}

/** Each service of `/v1/agent/services`: the same selectors as the catalog's. */
export const agentServiceFields: FieldDescription = nodeServiceFields

/** `/v1/catalog/service/:service` and `/v1/catalog/connect/:service`. */
export const serviceNodeFields: FieldDescription = {
  ID: text,
  Node: text,
  Address: text,
  Datacenter: text,
  TaggedAddresses: mapOf(text),
  NodeMeta: mapOf(text),
  ServiceKind: text,
  ServiceID: text,
  ServiceName: text,
  ServiceTags: texts,
  ServiceAddress: text,
  ServiceTaggedAddresses: serviceAddresses,
  ServiceWeights: weights,
  ServiceMeta: mapOf(text),
  ServicePort: number,
  ServiceSocketPath: text,
  ServiceEnableTagOverride: bool,
  ServiceProxy: proxy,
  ServiceConnect: connect,
}

/** `/v1/health/node/:node`, `/v1/health/checks/:service` and `/v1/health/state/:state`. */
export const healthCheckFields: FieldDescription = {
  Node: text,
  CheckID: text,
  Name: text,
  Status: text,
  Notes: text,
  Output: text,
  ServiceID: text,
  ServiceName: text,
  ServiceTags: texts,
  Type: text,
  Interval: text,
  Timeout: text,
  ExposedPort: number,
}

/** Each check of `/v1/agent/checks`. */
export const agentCheckFields: FieldDescription = healthCheckFields

/** `/v1/health/service/:service` and its relatives, `/v1/internal/ui/services`, and the filter of a resolver's subset. */
export const checkServiceNodeFields: FieldDescription = {
  Node: struct(nodeFields),
  Service: struct(nodeServiceFields),
  Checks: structs(healthCheckFields),
}

/** `/v1/internal/ui/nodes` and `/v1/internal/ui/node/:node`. */
export const nodeInfoFields: FieldDescription = {
  ID: text,
  Node: text,
  Address: text,
  TaggedAddresses: mapOf(text),
  Meta: mapOf(text),
  Services: structs(nodeServiceFields),
  Checks: structs(healthCheckFields),
}

/** `/v1/connect/intentions`. */
export const intentionFields: FieldDescription = {
  ID: text,
  Description: text,
  SourceNS: text,
  SourceName: text,
  DestinationNS: text,
  DestinationName: text,
  SourceType: text,
  Action: text,
  Precedence: number,
  Meta: mapOf(text),
}
