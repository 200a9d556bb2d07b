import { type Figures, type ScenarioOptions, standingPool } from '../figures.ts'
import type { SimulatedMember } from '../member.ts'
import type { GossipPool } from '../pool.ts'

export interface RestartOptions extends ScenarioOptions {
  readonly moves?: boolean
  /** How long the name is gone. */
  readonly pauseMs?: number
  /** Whether it said farewell. */
  readonly leaves?: boolean
}

/** A member goes and comes back under its name, perhaps at another address: how long until all believe in it again. */
export async function restart(options: RestartOptions): Promise<Figures> {
  const { trials, moves = true, pauseMs = 0, leaves = false } = options
  const pool = standingPool(options)
  await pool.run(2000)
  const times: number[] = []
  for (let trial = 0; trial < trials; trial += 1) {
    const { name, address } = await goneFrom(pool, leaves)
    await pool.run(pauseMs)
    const back = pool.start(name, moves ? pool.newAddress() : address)
    const contact = pool.anyone(back)
    back.join(contact.address)
    times.push((await pool.settle(600_000)) ?? Number.NaN)
  }
  return { 'all agree after, fastest': Math.min(...times), 'all agree after, slowest': Math.max(...times) }
}

async function goneFrom(pool: GossipPool, leaves: boolean): Promise<SimulatedMember> {
  const member = pool.anyone()
  if (leaves) {
    member.leave()
    await pool.run(5000)
  }
  pool.crash(member)
  return member
}
