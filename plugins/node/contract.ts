/** Who this agent is. Decided once at start; nothing in it changes while the agent runs. */
export interface NodeIdentity {
  /** Lower-case UUID; kept in `node-id` of the data directory, so it is known only once the `start` hook ran here. */
  readonly id: string
  readonly name: string
  /** Lower case. */
  readonly datacenter: string
  /** True when this agent takes part in consensus. */
  readonly server: boolean
  /** The version of Proconsul. */
  readonly version: string
  /** The release of Consul this agent follows; what tags, meta and `/v1/agent/self` show to clients that look at it. */
  readonly consulVersion: string
  /** Nothing is written to disk. */
  readonly dev: boolean
  /** Absolute; undefined with `dev`. */
  readonly dataDir: string | undefined
  /** The address this agent's cluster sockets listen on. */
  readonly bindAddress: string
  /** The address others reach this agent at; a bare IP. */
  readonly advertiseAddress: string
  /** The address agents of other datacenters reach this one at. */
  readonly advertiseWanAddress: string
  /** Addresses the HTTP and DNS interfaces listen on: IPs and `unix://` paths. */
  readonly clientAddresses: readonly string[]
  /** Ports by Consul's name; -1 is off. */
  readonly ports: {
    readonly http: number
    readonly dns: number
    readonly server: number
    readonly serfLan: number
    readonly serfWan: number
  }
  /** Free-form facts about the node, as configured in `node_meta`. */
  readonly meta: Readonly<Record<string, string>>
  /** `lan`, `lan_ipv4`, `wan`, `wan_ipv4` (or `…_ipv6`), as the catalog shows them. */
  readonly taggedAddresses: Readonly<Record<string, string>>
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    node: NodeIdentity
  }
}
