import type { NodeService } from '../wire/structs/catalog.ts'
import type { ConnectProxyConfig } from '../wire/structs/proxy.ts'

const gatewayKinds: readonly string[] = ['mesh-gateway', 'terminating-gateway', 'ingress-gateway']

/** Everything that is wrong with a service definition by itself, in Consul's words. */
export function serviceFlaws(service: NodeService): string[] {
  return [
    ...(service.Kind === 'connect-proxy' ? proxyFlaws(service) : []),
    ...(gatewayKinds.includes(service.Kind) ? gatewayFlaws(service) : []),
    ...sidecarFlaws(service),
  ]
}

function* proxyFlaws(service: NodeService): Generator<string> {
  const { DestinationServiceName, Upstreams } = service.Proxy
  if (DestinationServiceName.trim() === '') {
    yield 'Proxy.DestinationServiceName must be non-empty for Connect proxy services'
  }
  if (DestinationServiceName === '*') {
    yield 'Proxy.DestinationServiceName must not be a wildcard for Connect proxy services'
  }
  if (service.Port === 0 && service.SocketPath === '') yield 'Port or SocketPath must be set for a Connect proxy'
  if (service.Connect.Native) yield 'A Proxy cannot also be Connect Native, only typical services'
  yield* upstreamFlaws(Upstreams ?? [])
  yield* exposeFlaws(service.Proxy)
}

type Upstream = NonNullable<ConnectProxyConfig['Upstreams']>[number]

/** Two upstreams must not be one: neither the same destination nor the same place to listen. */
function* upstreamFlaws(upstreams: readonly Upstream[]): Generator<string> {
  const destinations = new Set<string>()
  const listeners = new Set<string>()
  for (const upstream of upstreams) {
    const flaw = upstreamFlaw(upstream)
    if (flaw !== undefined) {
      yield flaw
      continue
    }
    const { DestinationType, DestinationName, Datacenter, LocalBindAddress, LocalBindPort, LocalBindSocketPath } =
      upstream
    const destination = `[type="${DestinationType}", name="${DestinationName}", datacenter="${Datacenter}"]`
    if (destinations.has(destination)) {
      yield `upstreams cannot contain duplicates of ${destination}`
      continue
    }
    destinations.add(destination)
    const listener = LocalBindSocketPath || `${LocalBindAddress || '127.0.0.1'}:${LocalBindPort}`
    if (listeners.has(listener) && !upstream.CentrallyConfigured) {
      yield `upstreams cannot contain duplicates by local bind address and port or unix path; "${listener}" is specified twice`
    }
    listeners.add(listener)
  }
}

function upstreamFlaw(upstream: Upstream): string | undefined {
  const { DestinationType, DestinationName, LocalBindPort, LocalBindSocketPath, CentrallyConfigured } = upstream
  if (!['', 'service', 'prepared_query'].includes(DestinationType)) {
    return `unknown upstream destination type: "${DestinationType}"`
  }
  if (DestinationName === '') return 'upstream destination name cannot be empty'
  if (CentrallyConfigured) return undefined
  if (DestinationName === '*') return 'upstream destination name cannot be a wildcard'
  if (LocalBindPort === 0 && LocalBindSocketPath === '') {
    return 'upstream local bind port or local socket path must be defined and nonzero'
  }
  if (LocalBindPort !== 0 && LocalBindSocketPath !== '') {
    return 'only one of upstream local bind port or local socket path can be defined and nonzero'
  }
  return undefined
}

function* gatewayFlaws({ Kind, Port, Proxy: proxy, Connect }: NodeService): Generator<string> {
  const invalid = (field: string) => `The Proxy.${field} configuration is invalid for a ${Kind}`
  if (Port === 0 && Kind !== 'ingress-gateway') yield `Port must be non-zero for a ${Kind}`
  if (Connect.SidecarService !== null) yield `A ${Kind} cannot have a sidecar service defined`
  if (proxy.DestinationServiceName !== '') yield invalid('DestinationServiceName')
  if (proxy.DestinationServiceID !== '') yield invalid('DestinationServiceID')
  if (proxy.LocalServiceAddress !== '') yield invalid('LocalServiceAddress')
  if (proxy.LocalServicePort !== 0) yield invalid('LocalServicePort')
  if ((proxy.Upstreams ?? []).length > 0) yield invalid('Upstreams')
}

function* sidecarFlaws({ Connect: { SidecarService } }: NodeService): Generator<string> {
  if (SidecarService === null) return
  if (SidecarService.ID !== '') yield 'A SidecarService cannot specify an ID as this is managed by the agent'
  if (SidecarService.Connect?.SidecarService) yield 'A SidecarService cannot have a nested SidecarService'
}

function* exposeFlaws({ Expose }: ConnectProxyConfig): Generator<string> {
  const paths = new Set<string>()
  const listeners = new Set<number>()
  for (const { ListenerPort, Path, Protocol } of Expose.Paths ?? []) {
    if (Path === '') yield 'expose.paths: empty path exposed'
    if (paths.has(Path)) yield 'expose.paths: duplicate paths exposed'
    paths.add(Path)
    if (listeners.has(ListenerPort)) yield 'expose.paths: duplicate listener ports exposed'
    listeners.add(ListenerPort)
    if (ListenerPort <= 0 || ListenerPort > 65535) yield `expose.paths: invalid listener port: ${ListenerPort}`
    if (!['', 'http', 'http2'].includes(Protocol.toLowerCase())) {
      yield `protocol '${Protocol.toLowerCase()}' not supported for path: ${Path}, must be in: [http http2]`
    }
  }
}
