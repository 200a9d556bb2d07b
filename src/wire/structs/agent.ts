import { bool, type Infer, int, list, map, optional, struct, text } from '../schema.ts'
import { ServiceAddress, ServiceConnect, Weights } from './catalog.ts'
import { HealthCheck, HealthCheckDefinition } from './check.ts'
import { ConnectProxyConfig, ExposeConfig, ExposePath, Upstream } from './proxy.ts'

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

/** Nothing is left out here, and only these fields are shown. */
const AgentCheckDefinition = HealthCheckDefinition.view({
  Interval: { omitEmpty: false },
  Timeout: { omitEmpty: false },
  DeregisterCriticalServiceAfter: { omitEmpty: false },
  HTTP: { omitEmpty: false },
  Header: { omitEmpty: false },
  Method: { omitEmpty: false },
  Body: { omitEmpty: false },
  TLSServerName: { omitEmpty: false },
  TLSSkipVerify: { omitEmpty: false },
  TCP: { omitEmpty: false },
  GRPC: { omitEmpty: false },
  GRPCUseTLS: { omitEmpty: false },
  OutputMaxSize: { json: false },
  DisableRedirects: { json: false },
  H2PING: { json: false },
  ScriptArgs: { json: false },
  DockerContainerID: { json: false },
  Shell: { json: false },
  AliasNode: { json: false },
  AliasService: { json: false },
  TTL: { json: false },
})

/** A check as `/v1/agent/health/service` shows it inside an instance. */
export const AgentHealthCheck = HealthCheck.view({
  Interval: { json: false },
  Timeout: { json: false },
  ExposedPort: { json: false },
  Definition: { kind: AgentCheckDefinition },
})
