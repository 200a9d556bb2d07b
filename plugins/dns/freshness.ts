import type { Consensus } from '../raft/contract.ts'
import type { DnsSettings } from './settings.ts'

/**
 * Whether this server may answer from what it knows. The leader always may; another server within the bounds of
 * `dns_config.allow_stale` and `max_stale`, and never before it has heard of a leader at all: it may know nothing yet.
 */
export function mayAnswer(consensus: Consensus | undefined, { allowStale, maxStaleMs }: DnsSettings): boolean {
  if (!consensus || consensus.role === 'leader') return true
  if (!allowStale) return false
  const lastContactMs = consensus.lastContactMs()
  return lastContactMs !== undefined && lastContactMs <= maxStaleMs
}
