import { readServerMember } from '../../src/rules/server-member.ts'
import type { Member, MemberStatus } from '../gossip/contract.ts'

const alive: MemberStatus = 1

/**
 * Whether a server with an empty log may take in the log of these members. Not while one of them replicates other tables or
 * commands: a leader of ours would not add this server, a leader of Consul knows nothing of it and would. Without a log it
 * gets no vote from either. A server that has a log already is part of a cluster, and goes on.
 */
export function mayBeTakenIn(members: readonly Member[], datacenter: string, fingerprint: string): boolean {
  return members.every(({ name, tags, status }) => {
    if (status !== alive) return true
    const server = readServerMember(name, tags)
    if (server?.datacenter !== datacenter) return true
    return server.fingerprint === undefined || server.fingerprint === fingerprint
  })
}
