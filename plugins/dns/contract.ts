/** A question for a name below our domain, or for the name of an address (`kind` is `arpa`). */
export interface DnsQuestion {
  /**
   * Labels left of the kind, in the case they were asked in: `['_web', '_tcp']` of `_web._tcp.service.consul`. Written as in
   * zone files: a dot or a backslash inside a label has a backslash before it, bytes that are no printable ASCII are `\DDD`.
   */
  readonly labels: readonly string[]
  /** The label that picked the hook, in lower case: `service`, `node`, … */
  readonly kind: string
  /** The datacenter named behind the kind in lower case, or this agent's own. */
  readonly datacenter: string
  /** `A`, `AAAA`, `SRV`, `ANY`, `TXT`, …; `TYPE65` for one without a name here. */
  readonly type: string
  /** `default` when only the leader's word counts, because this agent's own would be too old (`dns_config.max_stale`); else `stale`. */
  readonly consistency?: 'default' | 'stale'
  /** True when instances with a warning are to be left out too (`dns_config.only_passing`). */
  readonly onlyPassing: boolean
  /** IP address of who asks: the network that it named (RFC 7871), else the other end. Absent where that is not known. */
  readonly client?: string | undefined
  /** With kind `arpa`: the address whose name is asked for, an IPv4 or a canonical IPv6 address (RFC 5952). */
  readonly address?: string
}

/** One host that answers a name. */
export interface DnsInstance {
  /** IP address, or a host name that becomes a CNAME. */
  readonly address: string
  readonly port: number
  readonly weight: number
  /** The node's name, for the target of an SRV record. */
  readonly node: string
  readonly datacenter: string
  /** True when `address` is the service's own and not the node's. */
  readonly ownAddress: boolean
  readonly nodeMeta: Readonly<Record<string, string>>
  /** The node's address, for the zone's name servers; the same as `address` when left out. */
  readonly nodeAddress?: string
  /** With kind `arpa` and `ownAddress`: the service whose address was asked for. */
  readonly service?: string
}

/**
 * What a zone answers. `exists` false is NXDOMAIN; true without instances is an empty answer. `version` is equal for
 * equal answers, so that encoded packets can be kept with it.
 */
export interface DnsAnswer {
  readonly exists: boolean
  readonly instances: readonly DnsInstance[]
  /** `service` answers SRV with targets and is shuffled; `node` answers address and TXT records of one host. */
  readonly shape: 'service' | 'node'
  /** How long resolvers may keep it; left out, the settings decide: by name for a service, `dns_config.node_ttl` for a node. */
  readonly ttlSeconds?: number | undefined
  readonly version: object
  /** True when the order says whom to try first: the instances are not shuffled then. */
  readonly ordered?: boolean
  /** The service whose `dns_config.service_ttl` counts, where the name asked for does not tell. */
  readonly service?: string
  /**
   * Whether the zone would still answer the same, told at once and almost for nothing. With it, encoded packets are sent
   * again without asking the zone; without it, the zone is asked for every question.
   */
  readonly isCurrent?: () => boolean
  /** True when the answer depends on where the client is: told to clients that name their network (RFC 7871). */
  readonly local?: boolean
}

/** The running DNS interface. */
export interface DnsServer {
  /** Addresses it listens on, once started: `127.0.0.1:8600`. */
  addresses(): readonly string[]
  /** The domain it answers, in lower case and without a dot at its end: `consul`. */
  readonly domain: string
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    dnsQuestion: DnsQuestion
    dnsAnswer: DnsAnswer
  }
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    dns: DnsServer
  }
}
