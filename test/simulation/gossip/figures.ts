import type { SwimConfig } from '../../../plugins/gossip/core/config.ts'
import { GossipPool } from './pool.ts'

/** What a scenario found, by name. Times are milliseconds. */
export type Figures = Record<string, number>

export interface ScenarioOptions {
  readonly nodes: number
  readonly seed: number
  /** Chance of a packet to be lost. */
  readonly loss: number
  /** How often the same is tried in one pool. */
  readonly trials: number
  /** Whether the product's serf runs on top, or something lighter. */
  readonly serf: boolean
  /** How long a scenario without an end of its own runs. */
  readonly minutes: number
}

/** A pool that stands, as the options have it. */
export function standingPool(
  { nodes, seed, loss, serf }: ScenarioOptions,
  config: Partial<SwimConfig> = {},
): GossipPool {
  return new GossipPool({ nodes, seed, serf, config, habits: { loss } })
}

export type Scenario = (options: ScenarioOptions) => Promise<Figures>

/** The value that a share of all values does not exceed: `share` 0.5 is the median, 1 the largest. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
