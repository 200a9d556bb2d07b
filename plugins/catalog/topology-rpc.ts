import { readMethod } from '../../src/rpc/method.ts'
import { IndexedServiceDump } from '../../src/wire/structs/catalog.ts'
import { IndexedIntentions, IntentionQueryRequest } from '../../src/wire/structs/intention.ts'
import { ServiceSpecificRequest } from '../../src/wire/structs/query.ts'
import { IndexedServiceTopology, ServiceTopology } from '../../src/wire/structs/topology.ts'
import { CatalogRefusedError } from './errors.ts'
import { boundServicesQuestion, gatewayIntentionsQuestion } from './gateways.ts'
import { type TopologyKind, topologyQuestion } from './topology.ts'

/*
 * What the mesh looks like around one service or gateway (protocol/servers.md §6.6).
 */

export interface TopologyAsked {
  readonly service: string
  readonly kind: TopologyKind
}

/** The neighbours of a service. */
export const serviceTopology = readMethod({
  name: 'Internal.ServiceTopology',
  request: ServiceSpecificRequest,
  reply: IndexedServiceTopology,
  toRequest: ({ service, kind }: TopologyAsked) => ({ ServiceName: service, ServiceKind: kind }),
  fromRequest: ({ ServiceName, ServiceKind }): TopologyAsked => {
    if (ServiceName === '') throw new CatalogRefusedError('Must provide a service name')
    return { service: ServiceName, kind: topologyKind(ServiceKind) }
  },
  question: ({ service, kind }) => topologyQuestion(service, kind),
  toReply: (topology) => ({ ServiceTopology: topology, FilteredByACLs: false }),
  fromReply: ({ ServiceTopology: topology }) => topology ?? ServiceTopology.zero(),
})

/** Services of no other kind have a topology. */
export function topologyKind(kind: string): TopologyKind {
  if (kind === '' || kind === 'ingress-gateway') return kind
  throw new CatalogRefusedError(`Unsupported service kind ${JSON.stringify(kind)}`)
}

/** Instances of the services that a gateway stands in front of. */
export const gatewayServiceDump = readMethod({
  name: 'Internal.GatewayServiceDump',
  request: ServiceSpecificRequest,
  reply: IndexedServiceDump,
  toRequest: (gateway: string) => ({ ServiceName: gateway }),
  fromRequest: ({ ServiceName }) => {
    if (ServiceName === '') throw new CatalogRefusedError('Must provide gateway name')
    return ServiceName
  },
  question: boundServicesQuestion,
  toReply: () => ({ Dump: null }),
  fromReply: ({ Dump }) => Dump ?? [],
})

/** Who may connect to the services that a gateway stands in front of. */
export const gatewayIntentions = readMethod({
  name: 'Internal.GatewayIntentions',
  request: IntentionQueryRequest,
  reply: IndexedIntentions,
  toRequest: (gateway: string) => ({
    Match: { Type: 'destination', Entries: [{ Namespace: 'default', Name: gateway }] },
  }),
  fromRequest: ({ Match }) => {
    const entries = Match?.Entries ?? []
    if (entries.length !== 1) throw new CatalogRefusedError(`Expected 1 gateway name, got ${entries.length}`)
    return entries[0]!.Name
  },
  question: gatewayIntentionsQuestion,
  toReply: () => ({ Intentions: [], DataOrigin: '' }),
  fromReply: ({ Intentions }) => Intentions ?? [],
})
