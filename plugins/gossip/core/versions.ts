import type { PushPullNode, Versions } from './messages.ts'

/** What Consul's agents announce, in every pool (protocol/gossip.md §5.1). */
export const consulVersions: Versions = { pMin: 1, pMax: 5, pCur: 2, dMin: 2, dMax: 5, dCur: 4 }

/** From these versions of memberlist on a member answers pings over TCP, sends nacks and reads checksums (§5.1). */
export const speaks = {
  tcpPings: ({ pMax }: Versions) => pMax >= 3,
  nacks: ({ pMax }: Versions) => pMax >= 4,
  checksums: ({ pMax }: Versions) => pMax >= 5,
}

/** Whether an announcement with these versions can be believed at all. */
export function areSane({ pMin, pMax }: Versions): boolean {
  return pMin > 0 && pMax > 0 && pMin <= pMax
}

export function areSame(one: Versions, other: Versions): boolean {
  return (
    one.pMin === other.pMin &&
    one.pMax === other.pMax &&
    one.pCur === other.pCur &&
    one.dMin === other.dMin &&
    one.dMax === other.dMax &&
    one.dCur === other.dCur
  )
}

/**
 * Why two views cannot be merged, or undefined: everybody, the dead included, must speak versions that all who are alive
 * understand (§5.2).
 */
export function versionConflict(views: readonly (readonly PushPullNode[])[]): string | undefined {
  let [pMin, pMax, dMin, dMax] = [0, 255, 0, 255]
  for (const nodes of views) {
    for (const { state, vsn } of nodes) {
      if (state !== 'alive') continue
      if (vsn.pMin > pMin) pMin = vsn.pMin
      if (vsn.pMax < pMax) pMax = vsn.pMax
      if (vsn.dMin > dMin) dMin = vsn.dMin
      if (vsn.dMax < dMax) dMax = vsn.dMax
    }
  }
  for (const nodes of views) {
    for (const { name, vsn } of nodes) {
      if (vsn.pCur < pMin || vsn.pCur > pMax) {
        return `member "${name}" speaks version ${vsn.pCur} of memberlist; all understand ${pMin} to ${pMax}`
      }
      if (vsn.dCur < dMin || vsn.dCur > dMax) {
        return `member "${name}" speaks version ${vsn.dCur} of serf; all understand ${dMin} to ${dMax}`
      }
    }
  }
  return undefined
}
