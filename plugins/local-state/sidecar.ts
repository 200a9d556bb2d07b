import { isIPv6 } from 'node:net'
import type { NodeService, ServiceDefinition } from '../../src/wire/structs/catalog.ts'
import { CheckType } from '../../src/wire/structs/check.ts'
import type { CheckDraft } from './check-definition.ts'
import { RegistrationError } from './errors.ts'
import { sidecarId } from './registrar.ts'
import { checkDrafts, nodeService, type ServiceRequest } from './service-definition.ts'

export interface PortRange {
  readonly min: number
  readonly max: number
}

/** What a service's request comes to: the service as it is kept, and the proxy it asked for, which is a service too. */
export interface SplitRequest {
  readonly main: ServiceRequest
  readonly sidecar: ServiceRequest | undefined
}

/**
 * Takes the sidecar out of a request and fills in what it takes from its service: name, address, tags, meta, where it finds
 * the service, a free port, and two checks. `others` are the services that are registered already. Throws a
 * RegistrationError when no port is left.
 */
export function splitSidecar(request: ServiceRequest, others: Iterable<NodeService>, ports: PortRange): SplitRequest {
  const { service, checks } = request
  const definition = service.Connect.SidecarService
  if (definition === null) return { main: request, sidecar: undefined }
  const kept: NodeService = { ...service, Connect: { ...service.Connect, SidecarService: null } }
  const sidecar = sidecarService(definition, kept, others, ports)
  const own = checkDrafts(definition, undefined)
  return {
    main: { service: kept, checks },
    sidecar: { service: sidecar, checks: own.length > 0 ? own : defaultChecks(sidecar, kept) },
  }
}

function sidecarService(
  definition: ServiceDefinition,
  service: NodeService,
  others: Iterable<NodeService>,
  ports: PortRange,
): NodeService {
  const written = nodeService({ ...definition, Address: definition.Address || service.Address })
  const proxy = written.Proxy
  const located = proxy.LocalServiceSocketPath !== '' || proxy.LocalServiceAddress !== '' || proxy.LocalServicePort >= 1
  const local =
    service.SocketPath === ''
      ? { LocalServiceAddress: '127.0.0.1', LocalServicePort: service.Port }
      : { LocalServiceSocketPath: service.SocketPath }
  const ID = sidecarId(service.ID)
  return {
    ...written,
    ID,
    Kind: written.Kind || 'connect-proxy',
    Service: written.Service || `${service.Service}-sidecar-proxy`,
    Meta: written.Meta ?? service.Meta,
    Tags: written.Tags !== null && written.Tags.length > 0 ? written.Tags : service.Tags,
    Port: written.Port >= 1 ? written.Port : freePort(ID, others, ports),
    LocallyRegisteredAsSidecar: true,
    Proxy: {
      ...proxy,
      DestinationServiceName: proxy.DestinationServiceName || service.Service,
      DestinationServiceID: proxy.DestinationServiceID || service.ID,
      ...(located ? {} : local),
    },
  }
}

/** The port the sidecar has already, else the lowest that none has. */
function freePort(id: string, others: Iterable<NodeService>, { min, max }: PortRange): number {
  const used = new Set<number>()
  for (const { ID, Port } of others) {
    if (Port < min || Port > max) continue
    if (ID === id) return Port
    used.add(Port)
  }
  for (let port = min; min > 0 && port <= max; port++) if (!used.has(port)) return port
  throw new RegistrationError(
    `Invalid SidecarService: no port provided for sidecar_service and none left in the configured range [${min}, ${max}]`,
  )
}

function defaultChecks({ Address, Port }: NodeService, service: NodeService): CheckDraft[] {
  const host = Address || '127.0.0.1'
  const zero = CheckType.zero()
  return [
    {
      row: {
        ...zero,
        Name: 'Connect Sidecar Listening',
        TCP: isIPv6(host) ? `[${host}]:${Port}` : `${host}:${Port}`,
        Interval: 10e9,
      },
      extras: {},
    },
    { row: { ...zero, Name: `Connect Sidecar Aliasing ${service.ID}`, AliasService: service.ID }, extras: {} },
  ]
}
