import { expect, test } from 'vitest'
import type { SimulatedMember } from './member.ts'
import { GossipPool } from './pool.ts'

/** Seeds 1 to this are run. */
const seeds = 40
const nodes = 24

/** Everything that may happen to a pool in two minutes, by lot; then peace. */
async function troubled(seed: number): Promise<GossipPool> {
  const pool = new GossipPool({ nodes, seed, habits: { loss: [0, 0.05, 0.2][seed % 3]! } })
  const { random } = pool
  const incarnations = new Incarnations()
  const [contact] = pool.running as [SimulatedMember]
  const away: { name: string; address: string }[] = []
  for (let trouble = 0; trouble < 24; trouble += 1) {
    const member = pool.anyone()
    switch (random.below(7)) {
      case 0:
        if (pool.members.size < nodes / 2 || member === contact) break
        away.push(member)
        incarnations.note(member)
        pool.crash(member)
        break
      case 1: {
        const back = away.shift()
        if (!back) break
        pool.start(back.name, random.below(2) === 0 ? back.address : pool.newAddress())
        break
      }
      case 2:
        for (const one of pool.running) one.side = random.below(2)
        break
      case 3:
        for (const one of pool.running) one.side = 0
        break
      case 4:
        member.stalledUntilMs = pool.nowMs + 1000 * random.below(30)
        break
      case 5:
        member.announce()
        break
      case 6:
        pool.start(`late${trouble}`)
    }
    joinTheLonely(pool, contact)
    await pool.run(random.below(10_000))
    incarnations.check(pool)
  }
  for (const member of pool.running) {
    member.side = 0
    member.stalledUntilMs = 0
  }
  pool.network.habits = { ...pool.network.habits, loss: 0 }
  joinTheLonely(pool, contact)
  return pool
}

/** What retry_join does for agents that reached nobody: some servers of the pool are always there. */
function joinTheLonely(pool: GossipPool, contact: SimulatedMember): void {
  for (const member of pool.running) {
    if (member !== contact && member.swim.livingCount === 1) member.join(contact.address)
  }
}

/** The highest incarnation each name had, in any of its lives. */
class Incarnations {
  readonly #highest = new Map<string, number>()

  note({ swim }: SimulatedMember): void {
    const { name, incarnation } = swim.self()
    this.#highest.set(name, Math.max(incarnation, this.#highest.get(name) ?? 0))
  }

  /** Only a member itself makes new incarnations: whatever is believed of it, it has been there. */
  check(pool: GossipPool): void {
    for (const member of pool.running) this.note(member)
    for (const { swim } of pool.running) {
      let living = 0
      for (const { name, incarnation, state } of swim.nodes()) {
        expect(incarnation, `${swim.name} on ${name}`).toBeLessThanOrEqual(this.#highest.get(name)!)
        if (state === 'alive' || state === 'suspect') living += 1
      }
      expect(swim.livingCount).toBe(living)
    }
  }
}

test.for(Array.from({ length: seeds }, (_, place) => place + 1))(
  'after whatever happened, all agree on who lives and where (seed %i)',
  async (seed) => {
    const pool = await troubled(seed)
    expect(await pool.settle(600_000, 1000)).toBeDefined()
  },
)
