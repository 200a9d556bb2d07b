import { byDistance } from './by-distance.ts'

/** A member of the pool of all servers. */
interface PoolMember {
  readonly name: string
  /** Serf's number of its state. */
  readonly status: number
  readonly tags: Readonly<Record<string, string | undefined>>
}

const left = 3

/**
 * Every datacenter that has a server, the nearest first: the own one, then the others by the median of the round trips to
 * their servers; those of unknown distance last, equal ones by name. A server that left does not count, one that failed does.
 */
export function datacentersByDistance(
  own: string,
  pool: readonly PoolMember[],
  roundTripMs: (name: string) => number | undefined,
): string[] {
  const trips = new Map<string, number[]>()
  for (const { name, status, tags } of pool) {
    const { role, dc } = tags
    if (role !== 'consul' || !dc || dc === own || status === left) continue
    const known = trips.get(dc) ?? []
    trips.set(dc, known)
    known.push(roundTripMs(name) ?? Number.POSITIVE_INFINITY)
  }
  const others = [...trips].sort(([a], [b]) => (a < b ? -1 : 1))
  return [own, ...byDistance(others, ([, ms]) => median(ms)).map(([name]) => name)]
}

/** The upper one of two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
