import type { Random } from '../../src/kernel/random.ts'

/** How often agents tell the servers where they stand. */
export interface ReportPace {
  readonly intervalMinMs: number
  /** Reports a second that all agents together may send. */
  readonly perSecondMax: number
}

/**
 * Milliseconds until the next report of one agent of so many: none more often than the pace allows, all together no more
 * than it allows, and spread, so that agents started together do not stay together.
 */
export function nextReportMs({ intervalMinMs, perSecondMax }: ReportPace, agents: number, random: Random): number {
  const intervalMs = Math.max(intervalMinMs, (agents / perSecondMax) * 1000)
  return intervalMs * (1 + random.fraction())
}
