import type { Member, Members } from '../gossip/contract.ts'

/**
 * The datacenters beside this one, the nearest first: by the median of the round trips to their servers, those of
 * unknown distance last, equal ones by name.
 */
export function otherDatacenters(members: Members, own: string): string[] {
  const trips = new Map<string, number[]>()
  for (const member of members.list(true)) {
    const datacenter = datacenterOf(member)
    if (datacenter === undefined || datacenter === own) continue
    const known = trips.get(datacenter) ?? []
    trips.set(datacenter, known)
    known.push(members.roundTripMs(member.name, true) ?? Number.POSITIVE_INFINITY)
  }
  const distances = [...trips].map(([datacenter, ms]) => ({ datacenter, ms: median(ms) }))
  distances.sort((a, b) => (a.ms === b.ms ? (a.datacenter < b.datacenter ? -1 : 1) : a.ms < b.ms ? -1 : 1))
  return distances.map(({ datacenter }) => datacenter)
}

/** Undefined for what is no server. */
function datacenterOf({ tags }: Member): string | undefined {
  return tags.role === 'consul' ? tags.dc : undefined
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
