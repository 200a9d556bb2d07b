import type { SwimConfig } from '../../../../plugins/gossip/core/config.ts'
import { type Figures, type ScenarioOptions, standingPool } from '../figures.ts'

export interface LossOptions extends ScenarioOptions {
  readonly config?: Partial<SwimConfig>
}

/** Nobody fails, but packets get lost: what members wrongly believe of one another, per member and hour. */
export async function loss(options: LossOptions): Promise<Figures> {
  const { nodes, loss: chance, config, minutes } = options
  const pool = standingPool(options, config)
  let accusations = 0
  let burials = 0
  let believers = 0
  const buried = new Set<string>()
  pool.observe = ({ kind, subject }) => {
    if (kind === 'accused') accusations += 1
    if (kind === 'joined') buried.delete(subject)
    if (kind !== 'dead') return
    believers += 1
    if (!buried.has(subject)) burials += 1
    buried.add(subject)
  }
  await pool.run(minutes * 60_000)
  const memberHours = (nodes * minutes) / 60
  return {
    'false suspicions per member and hour': accusations / memberHours,
    'of a thousand probes': (1000 * accusations * pool.config.probeIntervalMs) / (memberHours * 3_600_000),
    'expected by the formula': 1000 * suspicionChance(chance, pool.config.indirectChecks),
    'false failures per member and hour': burials / memberHours,
    'members that believed one, each': burials === 0 ? 0 : believers / burials,
    'bytes per member and second': pool.network.packetBytes / nodes / (minutes * 60),
  }
}

/**
 * Chance that a probe of a healthy member fails by UDP alone: neither the ping and its answer arrive, nor one of the ways round,
 * each of four packets (SWIM, section 3.1, with nobody faulty).
 */
export function suspicionChance(lossChance: number, helpers: number): number {
  const arrives = 1 - lossChance
  return (1 - arrives ** 2) * (1 - arrives ** 4) ** helpers
}
