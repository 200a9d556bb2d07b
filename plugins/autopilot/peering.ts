import { readServerMember, replicatesOther } from '../../src/rules/server-member.ts'
import type { Member, MemberStatus } from '../gossip/contract.ts'
import type { Server } from '../raft/contract.ts'

const alive: MemberStatus = 1
const left: MemberStatus = 3

/** A change of Raft's membership that a member's word calls for. */
export type PeerChange =
  | {
      readonly kind: 'add'
      readonly server: Server
      /** Those of other ids at its address. */
      readonly replaces: readonly string[]
      /** False for a server that only has another address now. */
      readonly isNew: boolean
    }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'refuse'; readonly why: string }

export interface Peering {
  readonly servers: readonly Server[]
  readonly members: readonly Member[]
  readonly datacenter: string
  /** Id of this server, which never takes itself out. */
  readonly self: string
  /** What this server replicates. */
  readonly fingerprint: string
}

/** `ip:port`, with brackets around an IPv6 address: the same text everywhere (protocol/servers.md §10.5). */
export function serverAddress(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/**
 * What the leader does about a server that joined, changed, left or was forgotten (protocol/servers.md §11.2, §11.3). Undefined
 * when Raft's membership is as it should be, or the member is no server of this datacenter.
 */
export function peerChange(member: Member, gone: boolean, peering: Peering): PeerChange | undefined {
  const server = readServerMember(member.name, member.tags)
  if (server === undefined || server.id === '' || server.datacenter !== peering.datacenter) return undefined
  const { id } = server
  const held = peering.servers.find((known) => known.id === id)
  const namesake = peering.members.find((other) => other.name !== member.name && isAliveWithId(other, id))
  if (gone || member.status === left) {
    // The id goes on under another name: a server that was renamed, or whose copied id was noticed.
    if (held === undefined || id === peering.self || namesake !== undefined) return undefined
    return { kind: 'remove', id }
  }
  if (member.status !== alive || id === peering.self) return undefined
  const rival = server.bootstrap ? peering.members.find((other) => isOtherBootstrapper(other, id)) : undefined
  if (rival !== undefined) {
    return {
      kind: 'refuse',
      why:
        `${member.name} was started with -bootstrap, and so was ${rival.name}: each began a cluster of its own. ` +
        'Decide which of them is to stay, stop the other, and start it with an empty data directory and without -bootstrap',
    }
  }
  const drift = held === undefined ? driftOf(member, peering.fingerprint) : undefined
  if (drift !== undefined) return { kind: 'refuse', why: drift }
  const address = serverAddress(member.address, server.port)
  if (held?.address === address) return undefined
  if (held !== undefined && namesake !== undefined)
    return { kind: 'refuse', why: sharesId(member.name, namesake.name, id) }
  const sameAddress = peering.servers.filter((known) => known.address === address && known.id !== id)
  const voters = peering.servers.filter(({ suffrage }) => suffrage === 'voter').length
  const votersReplaced = sameAddress.filter(({ suffrage }) => suffrage === 'voter').length
  if (votersReplaced > 0 && votersReplaced > Math.floor((voters - 1) / 2)) {
    return {
      kind: 'refuse',
      why: 'Preventing server addition that would require removal of too many servers and cause cluster instability',
    }
  }
  const suffrage = held?.suffrage === 'voter' || held?.suffrage === 'staging' ? 'voter' : 'nonvoter'
  return {
    kind: 'add',
    server: { id, address, suffrage },
    replaces: sameAddress.map((known) => known.id),
    isNew: held === undefined,
  }
}

/** Servers of a datacenter by their ids. Of several members with one id the one that is alive, and where Raft knows it. */
export function membersById(
  members: readonly Member[],
  { servers, datacenter }: Pick<Peering, 'servers' | 'datacenter'>,
) {
  const known = new Map(servers.map(({ id, address }) => [id, address]))
  const found = new Map<string, { readonly member: Member; readonly rank: number }>()
  for (const member of members) {
    const server = readServerMember(member.name, member.tags)
    if (server?.datacenter !== datacenter) continue
    const isThere = serverAddress(member.address, server.port) === known.get(server.id)
    const rank = (member.status === alive ? 2 : 0) + (isThere ? 1 : 0)
    if (rank >= (found.get(server.id)?.rank ?? 0)) found.set(server.id, { member, rank })
  }
  return new Map([...found].map(([id, { member }]) => [id, member]))
}

/**
 * Why a server would not do the same as this one with the same log; undefined when it does, and for a server of Consul, which
 * says nothing. One that has a vote already keeps it, or no cluster could be upgraded one server after the other.
 */
export function driftOf({ name, tags }: Member, own: string): string | undefined {
  const theirs = readServerMember(name, tags)?.fingerprint
  return theirs === undefined || theirs === own ? undefined : `${name} ${replicatesOther(theirs, own)}`
}

/** What an operator reads who has copied a data directory, or a machine with one. */
export function sharesId(name: string, other: string, id: string): string {
  return (
    `${name} has the node ID ${id} of ${other}, which is alive: stop the one whose data directory was copied, ` +
    'and remove the file node-id there, with everything else in it if that is a server'
  )
}

function isAliveWithId({ status, tags }: Member, id: string): boolean {
  return status === alive && tags.id === id
}

function isOtherBootstrapper(other: Member, id: string): boolean {
  if (other.status !== alive) return false
  const server = readServerMember(other.name, other.tags)
  return server?.bootstrap === true && server.id !== id
}
