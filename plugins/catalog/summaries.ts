import { bool, type Infer, int, list, struct, text } from '../../src/wire/schema.ts'
import type { CheckServiceNode, HealthCheck, NodeService } from '../../src/wire/structs/catalog.ts'
import { lookupName } from './tables.ts'

/** Flattened into whatever shows a service as a whole. */
export const summaryFields = {
  Kind: text({ omitEmpty: true }),
  Name: text(),
  Datacenter: text(),
  /** Of all instances, in order. */
  Tags: list(text()),
  /** One for each instance, in order. */
  Nodes: list(text()),
  ExternalSources: list(text()),
  InstanceCount: int(),
  /** Checks of the instances, of their nodes, and of the proxies that stand in front of them. */
  ChecksPassing: int(),
  ChecksWarning: int(),
  ChecksCritical: int(),
  GatewayConfig: struct('GatewayConfig', {
    AssociatedServiceCount: int({ omitEmpty: true }),
    Addresses: list(text(), { omitEmpty: true }),
  }),
  /** Every proxy of the service is transparent, and there is one. */
  TransparentProxy: bool(),
}

/** What a service looks like from afar: one line for all its instances. */
export const ServiceSummary = struct('ServiceSummary', summaryFields)
export type ServiceSummary = Infer<typeof ServiceSummary>

/** The meta key by which platforms mark what they have registered. */
const externalSource = 'external-source'

/** Summaries by the name of the service, in lower case. */
export type Summaries = ReadonlyMap<string, Summary>

/** All instances of a service and the proxies in front of them, while they are counted. */
export class Summary {
  #name: string
  /** A proxy among the instances that were counted stands in front of this service. */
  hasProxy = false
  #kind = ''
  #datacenter = ''
  #allTransparent = true
  readonly #nodes: string[] = []
  readonly #tags = new Set<string>()
  readonly #sources = new Set<string>()
  /** By node and id: a node's check shows with each instance there, and counts once. */
  readonly #checks = new Map<string, HealthCheck>()

  constructor(name: string) {
    this.#name = name
  }

  /** As its instances have it; of a service that only proxies know of, as they have it. */
  get name(): string {
    return this.#name
  }

  get kind(): string {
    return this.#kind
  }

  addInstance({ Service, Kind, Tags, Meta }: NodeService, { Node, Checks }: CheckServiceNode): void {
    this.#name = Service
    this.#kind = Kind
    this.#datacenter = Node?.Datacenter ?? ''
    this.#nodes.push(Node?.Node ?? '')
    for (const tag of Tags ?? []) this.#tags.add(tag)
    const source = Meta?.[externalSource]
    if (source) this.#sources.add(source)
    this.#addChecks(Checks)
  }

  addProxy(service: NodeService, { Checks }: CheckServiceNode): void {
    this.hasProxy = true
    if (service.Proxy.Mode !== 'transparent') this.#allTransparent = false
    this.#addChecks(Checks)
  }

  toSummary(): ServiceSummary {
    const statuses = [...this.#checks.values()].map(({ Status }) => Status)
    const count = (wanted: string) => statuses.filter((status) => status === wanted).length
    return {
      Kind: this.#kind,
      Name: this.#name,
      Datacenter: this.#datacenter,
      Tags: sortedOrNull(this.#tags),
      Nodes: sortedOrNull(this.#nodes),
      ExternalSources: sortedOrNull(this.#sources),
      InstanceCount: this.#nodes.length,
      ChecksPassing: count('passing'),
      ChecksWarning: count('warning'),
      ChecksCritical: count('critical'),
      GatewayConfig: { AssociatedServiceCount: 0, Addresses: null },
      TransparentProxy: this.hasProxy && this.#allTransparent,
    }
  }

  #addChecks(checks: CheckServiceNode['Checks']): void {
    for (const check of checks ?? []) this.#checks.set(JSON.stringify([check.Node, check.CheckID]), check)
  }
}

/** Sums up instances by service. A proxy counts for itself, and for the service that it stands in front of. */
export function summarize(instances: readonly CheckServiceNode[]): Summaries {
  const summaries = new Map<string, Summary>()
  const summaryOf = (name: string): Summary => {
    const known = summaries.get(lookupName(name))
    if (known !== undefined) return known
    const fresh = new Summary(name)
    summaries.set(lookupName(name), fresh)
    return fresh
  }
  for (const instance of instances) {
    const service = instance.Service
    if (service === null) continue
    summaryOf(service.Service).addInstance(service, instance)
    if (service.Kind === 'connect-proxy') summaryOf(service.Proxy.DestinationServiceName).addProxy(service, instance)
  }
  return summaries
}

/** In the order of their names. */
export function byName(summaries: Summaries): Summary[] {
  return [...summaries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function sortedOrNull(texts: Iterable<string>): string[] | null {
  const sorted = [...texts].sort()
  return sorted.length === 0 ? null : sorted
}
