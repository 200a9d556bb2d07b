import { bool, type Infer, int, list, opaqueMap, struct, text } from '../schema.ts'

export const MeshGatewayConfig = struct('MeshGatewayConfig', { Mode: text({ omitEmpty: true }) }, { snakeCase: true })
export type MeshGatewayConfig = Infer<typeof MeshGatewayConfig>

export const ExposePath = struct(
  'ExposePath',
  {
    ListenerPort: int({ omitEmpty: true }),
    Path: text({ omitEmpty: true }),
    LocalPathPort: int({ omitEmpty: true }),
    Protocol: text({ omitEmpty: true }),
    ParsedFromCheck: bool({ omitEmpty: true }),
  },
  { snakeCase: true },
)
export type ExposePath = Infer<typeof ExposePath>

export const ExposeConfig = struct(
  'ExposeConfig',
  { Checks: bool({ omitEmpty: true }), Paths: list(ExposePath, { omitEmpty: true }) },
  { snakeCase: true },
)
export type ExposeConfig = Infer<typeof ExposeConfig>

export const TransparentProxyConfig = struct(
  'TransparentProxyConfig',
  { OutboundListenerPort: int({ omitEmpty: true }), DialedDirectly: bool({ omitEmpty: true }) },
  { snakeCase: true },
)
export type TransparentProxyConfig = Infer<typeof TransparentProxyConfig>

/** A service that a sidecar proxy makes reachable on a local port. */
export const Upstream = struct(
  'Upstream',
  {
    DestinationType: text(),
    DestinationNamespace: text({ omitEmpty: true }),
    DestinationName: text(),
    Datacenter: text(),
    LocalBindAddress: text({ omitEmpty: true }),
    LocalBindPort: int({ omitEmpty: true }),
    LocalBindSocketPath: text({ omitEmpty: true }),
    LocalBindSocketMode: text({ omitEmpty: true }),
    Config: opaqueMap({ omitEmpty: true }),
    MeshGateway: MeshGatewayConfig,
    IngressHosts: list(text(), { json: false }),
    CentrallyConfigured: bool({ omitEmpty: true }),
  },
  { snakeCase: true },
)
export type Upstream = Infer<typeof Upstream>

export const ConnectProxyConfig = struct(
  'ConnectProxyConfig',
  {
    DestinationServiceName: text({ omitEmpty: true }),
    DestinationServiceID: text({ omitEmpty: true }),
    LocalServiceAddress: text({ omitEmpty: true }),
    LocalServicePort: int({ omitEmpty: true }),
    LocalServiceSocketPath: text({ omitEmpty: true }),
    Mode: text(),
    Config: opaqueMap({ omitEmpty: true }),
    Upstreams: list(Upstream, { omitEmpty: true }),
    MeshGateway: MeshGatewayConfig,
    Expose: ExposeConfig,
    TransparentProxy: { ...TransparentProxyConfig, options: { omitEmpty: 'zero' } },
  },
  { snakeCase: true },
)
export type ConnectProxyConfig = Infer<typeof ConnectProxyConfig>
