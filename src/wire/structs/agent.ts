import { bool, duration, type Infer, int, list, map, optional, struct, text } from '../schema.ts'
import { ServiceAddress, ServiceConnect, Weights } from './catalog.ts'
import { ConnectProxyConfig, ExposeConfig, ExposePath, Upstream } from './proxy.ts'
import { raftIndex } from './query.ts'

/*
 * What `/v1/agent` shows of the services and checks of this node. It leaves out and orders fields differently from
 * `/v1/catalog`.
 */

const AgentExposeConfig = ExposeConfig.view({
  Paths: { kind: list(ExposePath.view({ ParsedFromCheck: { omitEmpty: false } })) },
})

const AgentUpstream = Upstream.view({ DestinationType: { omitEmpty: true }, Datacenter: { omitEmpty: true } })

const AgentProxy = ConnectProxyConfig.view({
  Mode: { omitEmpty: true },
  Upstreams: { kind: list(AgentUpstream) },
  Expose: { kind: AgentExposeConfig },
})

/** A service of this agent. `Proxy` is set for proxies and gateways only, `Connect` where it says something. */
export const AgentService = struct('AgentService', {
  Kind: text({ omitEmpty: true }),
  ID: text(),
  Service: text(),
  Tags: list(text(), { nil: '[]' }),
  Meta: map(text(), { nil: '{}' }),
  Port: int(),
  Address: text(),
  SocketPath: text({ omitEmpty: true }),
  TaggedAddresses: map(ServiceAddress, { omitEmpty: true }),
  Weights: Weights,
  EnableTagOverride: bool(),
  ContentHash: text({ omitEmpty: true }),
  Proxy: optional(AgentProxy, { omitEmpty: true }),
  Connect: optional(ServiceConnect, { omitEmpty: true }),
  Datacenter: text({ omitEmpty: true }),
})
export type AgentService = Infer<typeof AgentService>

/** The part of a definition that is shown, all of it. */
const AgentCheckDefinition = struct('AgentCheckDefinition', {
  Interval: duration({ as: 'text' }),
  Timeout: duration({ as: 'text' }),
  DeregisterCriticalServiceAfter: duration({ as: 'text' }),
  HTTP: text(),
  Header: map(list(text())),
  Method: text(),
  Body: text(),
  TLSServerName: text(),
  TLSSkipVerify: bool(),
  TCP: text(),
  GRPC: text(),
  GRPCUseTLS: bool(),
})

/** A check as `/v1/agent/health/service` shows it inside an instance. Every HealthCheck can be written as one. */
export const AgentHealthCheck = struct('AgentHealthCheck', {
  Node: text(),
  CheckID: text(),
  Name: text(),
  Status: text(),
  Notes: text(),
  Output: text(),
  ServiceID: text(),
  ServiceName: text(),
  ServiceTags: list(text()),
  Type: text(),
  Definition: AgentCheckDefinition,
  ...raftIndex,
})
export type AgentHealthCheck = Infer<typeof AgentHealthCheck>
