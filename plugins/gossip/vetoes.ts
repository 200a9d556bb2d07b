import { readServerMember } from '../../src/rules/server-member.ts'

/** Who a member says it is, with whether it has left. */
export interface Claim {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly left: boolean
}

/** What this agent measures others against. */
export interface OwnClaim {
  readonly name: string
  readonly id: string
  readonly datacenter: string
  readonly segment: string
}

/**
 * Why members that are met do not belong into the LAN pool (protocol/gossip.md §11.3); undefined when they do. Of a list
 * met at a join one is enough to refuse all of it: two datacenters, or two nodes of one id, must not flow together.
 */
export function lanVeto(own: OwnClaim, met: Iterable<Claim>): string | undefined {
  const names = new Map<string, string>()
  for (const { name, tags, left } of met) {
    const { id = '', role, dc = '', segment = '' } = tags
    if (id !== '' && !left) {
      if (id === own.id && !sameName(name, own.name)) {
        return `Member '${name}' has conflicting node ID '${id}' with this agent's ID${remedy}`
      }
      const other = names.get(id)
      if (other !== undefined && !sameName(other, name)) {
        return `Member '${name}' has conflicting node ID '${id}' with member '${other}'${remedy}`
      }
      names.set(id, name)
    }
    const ofConsul = role === 'node' || readServerMember(name, tags) !== undefined
    if (ofConsul && dc !== own.datacenter) {
      return `Member '${name}' part of wrong datacenter '${dc}' (expected '${own.datacenter}')${datacenterRemedy}`
    }
    if (segment !== own.segment) {
      return `Member '${name}' part of wrong segment '${segment}' (expected '${own.segment}')`
    }
  }
  return undefined
}

/** Why members that are met do not belong into the WAN pool: only servers do. */
export function wanVeto(met: Iterable<Claim>): string | undefined {
  for (const { name, tags } of met) {
    if (readServerMember(name, tags) === undefined) return `Member '${name}' is not a server`
  }
  return undefined
}

/** What stands behind Consul's sentences. */
const remedy = ': remove the file node-id from the data directory that was copied'
const datacenterRemedy =
  ': correct datacenter (-datacenter), or the address that is joined; servers of other datacenters are met by -retry-join-wan'

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
