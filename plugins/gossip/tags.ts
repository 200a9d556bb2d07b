import type { NodeIdentity } from '../node/contract.ts'
import type { Pool } from './contract.ts'

/** What `advertise_reconnect_timeout` adds: how long others keep this client once it failed, as Go writes durations. */
export interface TagSettings {
  readonly reconnectTimeout: string | undefined
}

/** What this agent shows the others in its tags, as Consul 1.10 publishes them (protocol/gossip.md §11.2). */
export function ownTags(node: NodeIdentity, { reconnectTimeout }: TagSettings): Record<string, string> {
  const tags: Record<string, string> = {
    acls: '0',
    build: `${node.consulVersion}:`,
    dc: node.datacenter,
    id: node.id,
    role: node.server ? 'consul' : 'node',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
  }
  if (node.server) {
    tags.ft_fs = '1'
    tags.ft_si = '1'
    tags.port = String(node.ports.server)
    tags.raft_vsn = '3'
    if (node.ports.serfWan > 0) tags.wan_join_port = String(node.ports.serfWan)
  } else if (reconnectTimeout !== undefined) {
    tags.rc_tm = reconnectTimeout
  }
  return tags
}

/** Of the tags that plugins agreed on, those the pool's members are shown. */
export function tagsFor(pool: Pool, tags: Readonly<Record<string, string>>): Record<string, string> {
  if (pool === 'lan') return { ...tags }
  const { wan_join_port: _lanOnly, ...wan } = tags
  return wan
}

/** This agent's name in the pool: across datacenters names carry theirs. */
export function ownName(pool: Pool, node: NodeIdentity): string {
  return pool === 'wan' ? `${node.name}.${node.datacenter}` : node.name
}
