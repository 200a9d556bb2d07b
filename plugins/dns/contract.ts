/** A question for a name below our domain. */
export interface DnsQuestion {
  /** Labels left of the kind, in the case they were asked in: `['_web', '_tcp']` of `_web._tcp.service.consul`. */
  readonly labels: readonly string[]
  /** The label that picked the hook: `service`, `node`, … */
  readonly kind: string
  /** The datacenter named behind the kind, or this agent's own. */
  readonly datacenter: string
  /** `A`, `AAAA`, `SRV`, `ANY`, `TXT`, … */
  readonly type: string
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
  readonly ttlSeconds: number
  readonly version: object
}

/** The running DNS interface. */
export interface DnsServer {
  /** Addresses it listens on, once started: `127.0.0.1:8600`. */
  addresses(): readonly string[]
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
