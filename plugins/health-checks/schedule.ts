import type { Random } from '../../src/kernel/random.ts'

/** Consul runs no check more often than once a second. */
export const intervalMinMs = 1000

/** Time a script has when its check names none. */
const scriptTimeoutMs = 30_000
/** Time any other attempt has, at most the interval. */
const probeTimeoutMs = 10_000

/**
 * How long to wait before a check's next attempt, counted from the end of the last one. First attempts are spread over the
 * interval: a restarted agent would otherwise run all its checks at once.
 */
export function pauseMs(intervalMs: number, first: boolean, random: Random): number {
  const interval = Math.max(intervalMs, intervalMinMs)
  return first ? Math.floor(random.fraction() * interval) : interval
}

/** How long one attempt may take. `timeoutMs` is what the check asks for, 0 when it leaves that open. */
export function attemptLimitMs(type: string, timeoutMs: number, intervalMs: number): number {
  if (timeoutMs > 0) return timeoutMs
  if (type === 'script') return scriptTimeoutMs
  return Math.min(Math.max(intervalMs, intervalMinMs), probeTimeoutMs)
}
