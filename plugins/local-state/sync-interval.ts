import type { Random } from '../../src/kernel/random.ts'

const fullRoundMs = 60_000
/** Clusters up to this size compare every minute; each doubling adds a minute, so that the servers' load stays level. */
const smallCluster = 128
const retryMs = 15_000

/** Time until an agent next compares all it has with the catalog; random, so that agents started together drift apart. */
export function fullRoundPauseMs(clusterSize: number, random: Random): number {
  const doublings = clusterSize <= smallCluster ? 0 : Math.ceil(Math.log2(clusterSize / smallCluster))
  return fullRoundMs + Math.floor(random.fraction() * fullRoundMs * (1 + doublings))
}

/** Time until an agent tries again after it could not write. */
export function retryPauseMs(random: Random): number {
  return retryMs + Math.floor(random.fraction() * retryMs)
}

/** Time until an output that changed without its status is sent: around the interval, and not for all checks at once. */
export function outputPauseMs(updateIntervalMs: number, random: Random): number {
  return updateIntervalMs / 2 + Math.floor(random.fraction() * updateIntervalMs)
}
