import { readServerMember, replicatesOther } from '../../src/rules/server-member.ts'
import type { Member, MemberStatus } from '../gossip/contract.ts'
import type { Server } from './contract.ts'
import { addressOf } from './transport/dial.ts'

const alive: MemberStatus = 1

/** Whether the servers that are to begin a cluster together have all been seen. */
export type Gathering =
  | { readonly kind: 'incomplete'; readonly found: number }
  /** Without `harm` there is a cluster already, which will take this server in. */
  | { readonly kind: 'conflict'; readonly member: string; readonly why: string; readonly harm: boolean }
  | { readonly kind: 'complete'; readonly servers: readonly Server[] }

export interface GatheringRules {
  readonly datacenter: string
  /** How many servers begin the cluster: `bootstrap_expect`. */
  readonly expect: number
  /** What this server replicates. */
  readonly fingerprint: string
}

/**
 * Looks through the members of the LAN pool (protocol/servers.md §11.1). Those that failed or left do not count: a cluster that
 * begins with servers that are not there may never elect a leader. All must have been told the same: otherwise some would begin a
 * cluster of their own beside that of the others. And all must replicate the same: otherwise they would drift apart.
 */
export function gather(members: readonly Member[], { datacenter, expect, fingerprint }: GatheringRules): Gathering {
  const servers: Server[] = []
  let voters = 0
  for (const { name, address, tags, status } of members) {
    const server = readServerMember(name, tags)
    if (server === undefined || server.datacenter !== datacenter || status !== alive) continue
    if (server.bootstrap) {
      const why = 'has bootstrap mode; expect disabled: waiting for the leader of its cluster to take this server in'
      return { ...conflict(name, why), harm: false }
    }
    if (server.expect !== 0 && server.expect !== expect) {
      return conflict(
        name,
        `has a conflicting expect value, ${server.expect} and not ${expect}; all servers should expect the same number`,
      )
    }
    if (server.fingerprint !== undefined && server.fingerprint !== fingerprint) {
      return conflict(name, replicatesOther(server.fingerprint, fingerprint))
    }
    if (server.id === '') return conflict(name, 'does not say which id it has')
    if (!server.readReplica) voters++
    const suffrage = server.readReplica ? 'nonvoter' : 'voter'
    servers.push({ id: server.id, address: addressOf(address, server.port), suffrage })
  }
  return voters < expect ? { kind: 'incomplete', found: voters } : { kind: 'complete', servers }
}

function conflict(member: string, why: string) {
  return { kind: 'conflict', member, why, harm: true } as const
}
