import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import { message } from '../../src/wire/schema.ts'
import type { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import { type IntentionDecisionSummary, ServiceTopology } from '../../src/wire/structs/topology.ts'
import type { ServiceRow } from './contract.ts'
import { instanceWithChecks } from './instances.ts'
import { encodeWith, questionKey } from './queries.ts'
import { lookupName, nodes, services } from './tables.ts'

/*
 * Who talks to whom in the service mesh. The registrations of proxies say most of it: each names the service it stands in
 * front of and those that it leads to. A transparent proxy leads to every service it may connect to.
 */

/** How it is known that one service talks to another. */
const topologySource = { registration: 'proxy-registration', defaultAllow: 'default-allow' } as const
type TopologySource = (typeof topologySource)[keyof typeof topologySource]

/** While no plugin keeps intentions, every connection is allowed, by default. */
const allowedByDefault: IntentionDecisionSummary = {
  Allowed: true,
  HasPermissions: false,
  ExternalSource: '',
  HasExact: false,
  DefaultAllow: true,
}

/** Kinds of services whose topology can be asked for: ordinary ones, and gateways into the mesh. */
export type TopologyKind = '' | 'ingress-gateway'

/**
 * The neighbours of a service: instances and proxies of those that its proxies lead to (upstreams), and of those whose
 * proxies lead to it (downstreams). Configuration entries, of which there are none yet, would say where a gateway leads to
 * and which protocol is spoken; without them that is `tcp`.
 */
export function topologyQuestion(service: string, kind: TopologyKind): Question<ServiceTopology> {
  return {
    key: questionKey('topology', lookupName(service), kind),
    read: (view) => {
      const rows = view.table(services).list()
      const ordinary = rows.filter(({ Kind, Service }) => Kind === '' && Service !== 'consul')
      const mesh = rows.filter(({ Kind }) => Kind === 'connect-proxy')
      const own = kind === '' ? mesh.filter((row) => leadsFor(row) === lookupName(service)) : []
      const upstreams = shown(view, upstreamsOf(service, own, ordinary))
      const downstreams = shown(view, downstreamsOf(service, mesh, ordinary))
      return {
        Upstreams: upstreams.instances,
        Downstreams: downstreams.instances,
        UpstreamDecisions: upstreams.decisions,
        DownstreamDecisions: downstreams.decisions,
        MetricsProtocol: kind === '' ? 'tcp' : '',
        TransparentProxy: own.length > 0 && own.every(isTransparent),
        UpstreamSources: upstreams.sources,
        DownstreamSources: downstreams.sources,
      }
    },
    index: (view) => view.tableIndex('nodes', 'services', 'checks'),
    encode: encodeWith(message(ServiceTopology)),
  }
}

/** Names as they are to be shown, by the names that find them. */
type Neighbours = Map<string, { readonly name: string; readonly source: TopologySource }>

function upstreamsOf(service: string, own: readonly ServiceRow[], ordinary: readonly ServiceRow[]): Neighbours {
  const found: Neighbours = new Map()
  for (const name of own.flatMap(upstreamNames)) add(found, name, topologySource.registration)
  if (!own.some(isTransparent)) return found
  for (const { Service } of ordinary) {
    if (lookupName(Service) !== lookupName(service)) add(found, Service, topologySource.defaultAllow)
  }
  return found
}

function downstreamsOf(service: string, mesh: readonly ServiceRow[], ordinary: readonly ServiceRow[]): Neighbours {
  const found: Neighbours = new Map()
  const wanted = lookupName(service)
  for (const row of mesh) {
    if (!upstreamNames(row).some((name) => lookupName(name) === wanted)) continue
    add(found, row.Proxy.DestinationServiceName, topologySource.registration)
  }
  const transparent = new Set(mesh.filter(isTransparent).map(leadsFor))
  for (const { Service } of ordinary) {
    const name = lookupName(Service)
    if (name !== wanted && transparent.has(name)) add(found, Service, topologySource.defaultAllow)
  }
  return found
}

function add(found: Neighbours, name: string, source: TopologySource): void {
  if (!found.has(lookupName(name))) found.set(lookupName(name), { name, source })
}

/** Names are shown as the instances have them, whatever the letter case of those who lead there. */
function shown(view: View, found: Neighbours) {
  const instances: CheckServiceNode[] = []
  const decisions: Record<string, IntentionDecisionSummary> = Object.create(null)
  const sources: Record<string, TopologySource> = Object.create(null)
  for (const key of [...found.keys()].sort()) {
    const { name, source } = found.get(key)!
    const rows = instancesAndProxies(view, key)
    instances.push(...rows)
    const registered = rows.find(({ Service }) => lookupName(Service.Service) === key)?.Service.Service ?? name
    decisions[registered] = allowedByDefault
    sources[registered] = source
  }
  return { instances, decisions, sources }
}

/** Instances of a service, then its proxies. One that is in the mesh without a proxy is found both ways and shown once. */
function instancesAndProxies(view: View, name: string) {
  const table = view.table(services)
  const rows = [...new Set([...table.index('byName').get(name), ...table.index('byMeshName').get(name)])]
  return rows.map((row) => instanceWithChecks(view, view.table(nodes).get(row.Node)!, row))
}

function isTransparent(row: ServiceRow): boolean {
  return row.Proxy.Mode === 'transparent'
}

/** The service that a proxy stands in front of. */
function leadsFor(row: ServiceRow): string {
  return lookupName(row.Proxy.DestinationServiceName)
}

/** Services that a proxy was registered to lead to. A prepared query may lead anywhere and is no part of it. */
function upstreamNames(row: ServiceRow): string[] {
  return (row.Proxy.Upstreams ?? [])
    .filter(({ DestinationType }) => DestinationType !== 'prepared_query')
    .map(({ DestinationName }) => DestinationName)
}
