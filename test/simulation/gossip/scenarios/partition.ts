import { type Figures, type ScenarioOptions, standingPool } from '../figures.ts'

export interface PartitionOptions extends ScenarioOptions {
  /** How long the sides cannot hear each other. */
  readonly splitMs?: number
  /** Members on the smaller side. */
  readonly share?: number
}

/** The pool falls in two and comes together again. */
export async function partition(options: PartitionOptions): Promise<Figures> {
  const { nodes, splitMs = 60_000, share = 0.5 } = options
  const pool = standingPool(options)
  const inner = pool.running.slice(0, Math.round(nodes * share))
  await pool.run(2000)
  for (const member of inner) member.side = 1
  await pool.run(splitMs)
  const strangers = pool.running.map(({ swim }) => nodes - swim.livingCount)
  const separatedShare = strangers.filter(
    (count, place) => count === (place < inner.length ? nodes - inner.length : inner.length),
  )
  for (const member of inner) member.side = 0
  const { packetBytes } = pool.network
  const mostlyMs = await pool.settle(600_000, 100, 0.01)
  const restMs = await pool.settle(600_000)
  return {
    'members that held the whole other side for dead, %': (100 * separatedShare.length) / nodes,
    'of all beliefs 99 % are right again after': mostlyMs ?? Number.NaN,
    'all agree again after': (mostlyMs ?? Number.NaN) + (restMs ?? Number.NaN),
    'bytes per member for it': (pool.network.packetBytes - packetBytes) / nodes,
  }
}
