import { createHash } from 'node:crypto'
import { AgentService } from '../../src/wire/structs/agent.ts'
import type { NodeService } from '../../src/wire/structs/catalog.ts'

const kindsWithProxy = new Set(['connect-proxy', 'mesh-gateway', 'terminating-gateway', 'ingress-gateway'])

/** A service as `/v1/agent` shows it: a proxy's settings only where it is one. */
export function agentService(service: NodeService, datacenter: string): AgentService {
  const { Connect } = service
  return {
    Kind: service.Kind,
    ID: service.ID,
    Service: service.Service,
    Tags: service.Tags,
    Meta: service.Meta,
    Port: service.Port,
    Address: service.Address,
    SocketPath: service.SocketPath,
    TaggedAddresses: service.TaggedAddresses,
    Weights: service.Weights ?? { Passing: 1, Warning: 1 },
    EnableTagOverride: service.EnableTagOverride,
    ContentHash: '',
    Proxy: kindsWithProxy.has(service.Kind) ? service.Proxy : null,
    Connect: Connect.Native || Connect.SidecarService !== null ? Connect : null,
    Datacenter: datacenter,
  }
}

/** The same with its content hash, which changes whenever anything that is shown does. */
export function hashedService(service: NodeService, datacenter: string): AgentService {
  const shown = agentService(service, datacenter)
  const ContentHash = createHash('sha256').update(AgentService.toJson(shown)).digest('hex').slice(0, 16)
  return { ...shown, ContentHash }
}
