import { bytes, type Infer, list, type Message, map, message, opaqueMap, struct, text } from '../schema.ts'
import { ExposeConfig, MeshGatewayConfig, TransparentProxyConfig } from './proxy.ts'
import { queryMeta, queryOptions } from './query.ts'

export const ServiceID = struct('ServiceID', { ID: text() })
export type ServiceID = Infer<typeof ServiceID>

export const OpaqueUpstreamConfig = struct('OpaqueUpstreamConfig', { Upstream: ServiceID, Config: opaqueMap() })
export type OpaqueUpstreamConfig = Infer<typeof OpaqueUpstreamConfig>

/** An agent with a proxy asks what configuration entries say of its service. */
export const ServiceConfigRequest = struct('ServiceConfigRequest', {
  Name: text(),
  Datacenter: text(),
  MeshGateway: MeshGatewayConfig,
  Mode: text(),
  UpstreamIDs: list(ServiceID),
  Upstreams: list(text()),
  ...queryOptions,
})
export type ServiceConfigRequest = Infer<typeof ServiceConfigRequest>

const Fields = struct('ServiceConfigResponse', {
  ProxyConfig: opaqueMap(),
  UpstreamConfigs: map(opaqueMap()),
  UpstreamIDConfigs: list(OpaqueUpstreamConfig),
  MeshGateway: MeshGatewayConfig,
  Expose: ExposeConfig,
  TransparentProxy: TransparentProxyConfig,
  Mode: text(),
  ...queryMeta,
})
export type ServiceConfigResponse = Infer<typeof Fields>

const rawString = message(bytes())

/** Travels inside a raw string (protocol/servers.md §3.1). */
export const ServiceConfigResponse: Message<ServiceConfigResponse> = {
  ...Fields,
  encode: (value) => rawString.encode(Fields.encode(value)),
  decode: (bytes) => Fields.decode(rawString.decode(bytes) ?? Buffer.of(0x80)),
}
