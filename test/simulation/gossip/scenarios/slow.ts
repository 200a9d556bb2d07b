import type { SwimConfig } from '../../../../plugins/gossip/core/config.ts'
import { type Figures, type ScenarioOptions, standingPool } from '../figures.ts'
import type { SimulatedMember } from '../member.ts'

export interface SlowOptions extends ScenarioOptions {
  readonly config?: Partial<SwimConfig>
  /** Members that do not get to send or receive for `stallMs` at a time, with `restMs` in between. */
  readonly slow?: number
  readonly stallMs?: number
  readonly restMs?: number
}

/** What of Lifeguard can be switched off by settings; its buddy system stays. */
export const withoutLifeguard: Partial<SwimConfig> = { awarenessMax: 1, suspicionMaxTimeoutMult: 1 }

/**
 * Some members are slow, nobody fails (the experiments of Lifeguard, section V: timers run, but packets wait). False failures
 * are counted as the paper does: each member that believes one, in all and where both believer and victim are healthy.
 */
export async function slow(options: SlowOptions): Promise<Figures> {
  const { config, slow: slowCount = 4, stallMs = 8000, restMs = 250, minutes } = options
  const pool = standingPool(options, config)
  const ill = pool.running.slice(0, slowCount)
  const healthy = new Set(pool.running.slice(slowCount).map(({ name }) => name))
  let falseFailures = 0
  let amongHealthy = 0
  pool.observe = ({ kind, observer, subject }) => {
    if (kind !== 'dead') return
    falseFailures += 1
    if (healthy.has(observer) && healthy.has(subject)) amongHealthy += 1
  }
  const stall = (member: SimulatedMember) => {
    member.stalledUntilMs = pool.nowMs + stallMs
    pool.world.after(stallMs + restMs, () => stall(member))
  }
  for (const member of ill) pool.world.after(pool.random.fraction() * (stallMs + restMs), () => stall(member))
  await pool.run(minutes * 60_000)
  return {
    'false failures believed': falseFailures,
    'of healthy members by healthy ones': amongHealthy,
  }
}
