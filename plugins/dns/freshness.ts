import type { Consensus } from '../raft/contract.ts'
import type { DnsSettings } from './settings.ts'

/**
 * Whether an answer may come from what this server knows. The leader's always may; another server's within the bounds
 * of `dns_config.allow_stale` and `max_stale`, and never before it has heard of a leader at all: it may know nothing yet. A
 * client agent, without consensus, may ask any server when stale answers are allowed.
 */
export function isFresh(consensus: Consensus | undefined, { allowStale, maxStaleMs }: DnsSettings): boolean {
  if (consensus?.role === 'leader') return true
  if (!allowStale) return false
  if (consensus === undefined) return true
  const lastContactMs = consensus.lastContactMs()
  return lastContactMs !== undefined && lastContactMs <= maxStaleMs
}
