import type { NodeIdentity } from '../node/contract.ts'
import { type Member, memberStatus } from './contract.ts'

/** Versions of the membership protocols this agent understands (protocol/gossip.md §1: memberlist 1–5, serf 2–5). */
const protocol = { min: 1, max: 5, current: 2 }
const delegate = { min: 2, max: 5, current: 4 }

/** What the others learn of a server from its tags in the LAN pool, as Consul 1.10 publishes them (protocol/gossip.md §11.2). */
export function serverTags(node: NodeIdentity): Record<string, string> {
  const tags: Record<string, string> = {
    acls: '0',
    build: `${node.consulVersion}:`,
    dc: node.datacenter,
    ft_fs: '1',
    ft_si: '1',
    id: node.id,
    port: String(node.ports.server),
    raft_vsn: '3',
    role: 'consul',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
  }
  if (node.ports.serfWan > 0) tags.wan_join_port = String(node.ports.serfWan)
  return tags
}

/** This agent as a member of the LAN pool, or of the WAN pool, where names carry the datacenter. */
export function selfAsMember(node: NodeIdentity, tags: Readonly<Record<string, string>>, wan: boolean): Member {
  const { wan_join_port: _lanOnly, ...wanTags } = tags
  return {
    name: wan ? `${node.name}.${node.datacenter}` : node.name,
    address: wan ? node.advertiseWanAddress : node.advertiseAddress,
    port: wan ? node.ports.serfWan : node.ports.serfLan,
    tags: wan ? wanTags : tags,
    status: memberStatus.alive,
    protocol,
    delegate,
  }
}
