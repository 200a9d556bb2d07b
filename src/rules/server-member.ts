/** What a server says of itself in its gossip tags (protocol/gossip.md §11.2). */
export interface ServerMember {
  /** The node's name, without the datacenter that WAN names carry. */
  readonly name: string
  /** UUID of the node, which is its id in Raft; '' from servers that do not say. */
  readonly id: string
  readonly datacenter: string
  /** TCP port of its RPC. */
  readonly port: number
  /** `x.y.z` of its build. */
  readonly version: string
  /** Consul's RPC protocol. */
  readonly protocol: number
  /** It was told to begin a cluster alone. */
  readonly bootstrap: boolean
  /** It waits for that many servers to begin a cluster; 0 when it does not. */
  readonly expect: number
  readonly nonVoter: boolean
  readonly readReplica: boolean
  readonly usesTls: boolean
  /** Its gossip port in the WAN pool; 0 when it has none, or in a tag set of the WAN pool. */
  readonly wanJoinPort: number
  readonly raftVersion: number
  readonly segment: string
  /** The numbers behind its `ft_` tags. */
  readonly features: Readonly<Record<string, number>>
  /** Equal on servers that replicate the same tables by the same commands; undefined for a server of Consul. */
  readonly fingerprint: string | undefined
}

/** The tag by which servers of ours show what they replicate (`ReplicatedState.fingerprint`). Servers of Consul have none. */
export const fingerprintTag = 'pc_state'

/** What an operator reads of two servers that would drift apart silently on one log; stands behind the name of the `other`. */
export function replicatesOther(fingerprint: string, own: string): string {
  return (
    `replicates other tables or commands (${fingerprint}) than this server (${own}), so that one would not do what the other does; ` +
    'run the same version with the same plugins on all servers'
  )
}

/**
 * Reads a member's tags as those of a server, by the rules every Consul agent goes by (protocol/gossip.md §11.2).
 * Undefined when it is none, or says something about itself that cannot be understood.
 */
export function readServerMember(name: string, tags: Readonly<Record<string, string>>): ServerMember | undefined {
  if (tags.role !== 'consul') return undefined
  const port = integer(tags.port)
  const protocol = integer(tags.vsn)
  const version = /\d+\.\d+\.\d+/.exec(tags.build ?? '')?.[0]
  const expect = optionalInteger(tags.expect)
  const wanJoinPort = optionalInteger(tags.wan_join_port)
  const raftVersion = optionalInteger(tags.raft_vsn)
  const numbers = [port, protocol, expect, wanJoinPort, raftVersion]
  if (version === undefined || numbers.includes(undefined)) return undefined
  if (!grpcIsUsable(tags)) return undefined

  const features: Record<string, number> = {}
  for (const [tag, value] of Object.entries(tags)) {
    if (tag.startsWith('sl_') && !/^.*:\d{1,5}$/.test(value)) return undefined
    if (!tag.startsWith('ft_')) continue
    const feature = integer(value)
    if (feature === undefined) return undefined
    features[tag.slice('ft_'.length)] = feature
  }
  const datacenter = tags.dc ?? ''
  return {
    name: name.endsWith(`.${datacenter}`) ? name.slice(0, -datacenter.length - 1) : name,
    id: tags.id ?? '',
    datacenter,
    port: port!,
    version,
    protocol: protocol!,
    bootstrap: tags.bootstrap !== undefined,
    expect: expect!,
    nonVoter: tags.nonvoter !== undefined,
    readReplica: tags.read_replica !== undefined,
    usesTls: tags.use_tls !== undefined,
    wanJoinPort: wanJoinPort!,
    raftVersion: raftVersion!,
    segment: tags.segment ?? '',
    features,
    fingerprint: tags[fingerprintTag],
  }
}

/** Newer servers say where their gRPC listens; one that names only ports that are off cannot be used. */
function grpcIsUsable(tags: Readonly<Record<string, string>>): boolean {
  const named = [tags.grpc_port, tags.grpc_tls_port].filter((port) => port !== undefined)
  if (named.length === 0) return true
  const ports = named.map(integer)
  return !ports.includes(undefined) && ports.some((port) => port! >= 1)
}

function optionalInteger(text: string | undefined): number | undefined {
  return text === undefined ? 0 : integer(text)
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined
}
