import type { SerfCoordinate } from '../../src/wire/structs/coordinate.ts'

/** Serf's states, as numbers on the wire and in `/v1/agent/members` (protocol/gossip.md §9.2). */
export const memberStatus = { none: 0, alive: 1, leaving: 2, left: 3, failed: 4 } as const
export type MemberStatus = (typeof memberStatus)[keyof typeof memberStatus]

/** One agent of the cluster as gossip knows it. A value: what changes is a new one. */
export interface Member {
  /** In the WAN pool with the datacenter: `web-1.dc1`. */
  readonly name: string
  readonly address: string
  /** The gossip port. */
  readonly port: number
  /** Names and meanings: protocol/gossip.md §11.2. */
  readonly tags: Readonly<Record<string, string>>
  readonly status: MemberStatus
  /** Serf's logical time of the last word about the status; 0 when nobody said one. */
  readonly statusLTime?: number
  readonly protocol: { readonly min: number; readonly max: number; readonly current: number }
  readonly delegate: { readonly min: number; readonly max: number; readonly current: number }
}

/** `reap`: forgotten for good, after it failed or left long ago or by force-leave with prune. */
export interface MemberChange {
  readonly kind: 'join' | 'leave' | 'failed' | 'update' | 'reap'
  readonly member: Member
}

/** An event that some agent sent to every other, this one included; told once to each. */
export interface UserEvent {
  readonly name: string
  readonly payload: Buffer
  /** Serf's logical time of the event: orders events of the cluster. */
  readonly lTime: number
}

/** A question to every agent of the pool, this one included. */
export interface ClusterQuery {
  readonly name: string
  readonly payload: Buffer
  /** The member who asks; '' when it is too old to say. */
  readonly from: string
}

/** A member about to be accepted, for `memberMerge` to judge. */
export interface MemberCandidate {
  readonly pool: Pool
  readonly member: Member
}

/** `lan`: all agents of the datacenter. `wan`: the servers of all datacenters. */
export type Pool = 'lan' | 'wan'

export interface QueryOptions {
  /** Only these members answer; all when left out. */
  readonly nodes?: readonly string[]
  /** Only members whose tag fits the regular expression (RE2) answer. */
  readonly tags?: Readonly<Record<string, string>>
  /** How long to gather answers; serf's default for the size of the pool when left out. */
  readonly timeoutMs?: number
  /** Members that each answer is also sent by, 0 to 5: for networks where not everybody reaches everybody. */
  readonly relayFactor?: number
}

export interface QueryAnswer {
  readonly from: string
  readonly payload: Buffer
}

export interface KeyringRequest {
  readonly operation: 'list' | 'install' | 'use' | 'remove'
  /** Base64, as in the setting `encrypt`; not used by `list`. */
  readonly key?: string
  readonly relayFactor?: number
  /** Leave the WAN pool alone. */
  readonly lanOnly?: boolean
}

/** What one pool's members answered to a keyring request. */
export interface KeyringAnswer {
  readonly pool: Pool
  readonly datacenter: string
  /** What members had to say, by name; usually why they failed. */
  readonly messages: Readonly<Record<string, string>>
  /** How many members hold each key (base64). */
  readonly keys: Readonly<Record<string, number>>
  /** How many members encrypt with each key. */
  readonly primaryKeys: Readonly<Record<string, number>>
  /** Members that were asked. */
  readonly memberCount: number
  /** Consul's text of what went wrong in this pool, '' when nothing did. */
  readonly error: string
}

/** What went through the port of a pool since the start: packets are UDP, streams TCP. */
export interface GossipTraffic {
  readonly packetsIn: number
  readonly packetBytesIn: number
  readonly packetsOut: number
  readonly packetBytesOut: number
  readonly streamsIn: number
  readonly streamBytesIn: number
  readonly streamsOut: number
  readonly streamBytesOut: number
  /** Packets, or messages in them, that were of no use: malformed, not decryptable, from where none may come. */
  readonly dropped: number
}

/** Who is in the cluster, and what can be said to all of it. */
export interface Members {
  /**
   * Members of the LAN pool of whatever status, this agent included; of the WAN pool with `wan`, which is empty on
   * clients and when `ports.serf_wan` is off.
   */
  list(wan?: boolean): readonly Member[]
  /** One of them by name. */
  find(name: string, wan?: boolean): Member | undefined
  /** This agent, in the LAN pool. */
  self(): Member
  /** A member in Consul's field names, as every answer that shows one does. */
  describe(member: Member): MemberDescription
  /**
   * Meets the agents at these addresses (`host`, `host:port`, `[ip6]:port`; names may resolve to several) and takes part
   * in their pool. Resolves with how many were reached; rejects when none was, with all reasons.
   */
  join(addresses: readonly string[], options?: { readonly wan?: boolean }): Promise<number>
  /** Resolves once this agent has met the others that its configuration names for the LAN pool; at once when that is nobody. */
  joined(): Promise<void>
  /** Says goodbye to the WAN pool and the LAN pool, and resolves when that is spread; the sockets stay open. */
  leave(): Promise<void>
  /** Declares that a failed member has left; with `prune` it is forgotten at once. Rejects when there is none of that name. */
  forceLeave(name: string, options?: { readonly prune?: boolean; readonly wan?: boolean }): Promise<void>
  /**
   * Sends an event to every agent of the LAN pool; the hook `userEvent` tells it, here as well.
   *
   * @throws UserEventTooLargeError (serf's text) beyond 512 bytes of name and payload
   */
  userEvent(name: string, payload: Buffer, coalesce: boolean): void
  /** Asks every agent of the LAN pool (hook `clusterQuery`); resolves with the answers once the time is over or all came. */
  query(name: string, payload: Buffer, options?: QueryOptions): Promise<readonly QueryAnswer[]>
  /**
   * Carries out a keyring request in this server's WAN pool and then its LAN pool, and gives each one's outcome; failures
   * are in the answers. A client has only its LAN pool.
   */
  keyring(request: KeyringRequest): Promise<readonly KeyringAnswer[]>
  /** Where this agent stands in the pool's network coordinates; undefined before the start, and when switched off. */
  coordinate(wan?: boolean): SerfCoordinate | undefined
  /** Where another member stands, as of its last answer to one of our probes. */
  coordinateOf(name: string, wan?: boolean): SerfCoordinate | undefined
  /** Estimated time of a round trip to a member, from both coordinates. */
  roundTripMs(name: string, wan?: boolean): number | undefined
  /** What the pool cost the network; undefined without the pool. */
  traffic(wan?: boolean): GossipTraffic | undefined
  /** The `serf_lan` or `serf_wan` section of `/v1/agent/self`: Consul's keys, values as text. */
  stats(wan?: boolean): Record<string, string>
}

/** A member as `/v1/agent/members` and `/v1/agent/self` show it. */
export interface MemberDescription {
  readonly Name: string
  readonly Addr: string
  readonly Port: number
  readonly Tags: Readonly<Record<string, string>>
  readonly Status: MemberStatus
  readonly ProtocolMin: number
  readonly ProtocolMax: number
  readonly ProtocolCur: number
  readonly DelegateMin: number
  readonly DelegateMax: number
  readonly DelegateCur: number
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    members: Members
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    memberChange: MemberChange
    memberCandidate: MemberCandidate
    userEvent: UserEvent
    clusterQuery: ClusterQuery
  }
}
