import { readServerMember } from '../../src/rules/server-member.ts'
import { type Member, memberStatus } from './contract.ts'
import { endpointText } from './join-address.ts'

/** How often servers look whether one of their datacenter is missing in the WAN pool. */
export const floodIntervalMs = 60_000

/**
 * Where to find the servers of this datacenter that the LAN pool knows and the WAN pool does not (protocol/gossip.md §11.6).
 * Every server joins those, so that joining one server of another datacenter joins them all. `address:port` by node name.
 */
export function missingInWan(lan: readonly Member[], wan: readonly Member[], datacenter: string): Map<string, string> {
  const there = new Set<string>()
  for (const { name, tags } of wan) {
    const server = readServerMember(name, tags)
    if (server?.datacenter === datacenter) there.add(server.name)
  }
  const missing = new Map<string, string>()
  for (const { name, address, tags, status } of lan) {
    if (status !== memberStatus.alive || there.has(name)) continue
    const port = readServerMember(name, tags)?.wanJoinPort ?? 0
    if (port > 0) missing.set(name, endpointText({ address, port }))
  }
  return missing
}
