import type { LatencySummary } from './latencies.ts'

/** One round of load. */
export interface RunResult {
  /** Right answers within the time. */
  readonly completed: number
  readonly failed: number
  readonly seconds: number
  readonly latencyMs: LatencySummary
  /** CPU the load generator took: near `seconds`, it was the generator that was measured. */
  readonly loadCpuSeconds: number
}

/** CPU time of this process since `before`, in seconds. */
export function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
