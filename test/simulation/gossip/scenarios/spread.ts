import { type Figures, mean, quantile, type Scenario, type ScenarioOptions, standingPool } from '../figures.ts'
import type { GossipPool, Observation } from '../pool.ts'

/** Longer than anything takes to reach everybody. */
const patienceMs = 120_000
/** How long Consul's agents stay after they said farewell. */
const propagateMs = 3000

/** How news reached the members: when each of them learned it, after it became true. */
interface Spread {
  readonly timesMs: number[]
  readonly missed: number
}

/** A member joins by exchanging views with one that stands in the pool. */
export const join: Scenario = (options) =>
  spreads(options, (pool, trial) => {
    const contact = pool.anyone()
    const name = `new${trial}`
    const newcomer = pool.start(name)
    newcomer.join(contact.address)
    return { kind: 'joined', subject: name, except: name }
  })

/** A member says farewell and stays until it is told. */
export const leave: Scenario = (options) =>
  spreads(options, (pool) => {
    const leaver = pool.anyone()
    leaver.leave()
    pool.members.delete(leaver.name)
    pool.world.after(propagateMs, () => leaver.crash())
    return { kind: 'left', subject: leaver.name, except: leaver.name }
  })

/** A member fires a user event of 100 bytes. */
export const event: Scenario = (options) =>
  spreads(options, (pool, trial) => {
    const teller = pool.anyone()
    const text = `event ${trial}`.padEnd(100, '.')
    teller.fire(text)
    return { kind: 'event', subject: text, except: teller.name }
  })

/** A member is killed. */
export const failure: Scenario = async (options) => {
  const accusedMs: number[] = []
  const figures = await spreads(options, (crashing) => {
    const victim = crashing.anyone()
    crashing.crash(victim)
    return { kind: 'dead', subject: victim.name, firstAccusedMs: accusedMs }
  })
  return { 'first suspicion, mean': mean(accusedMs), 'first suspicion, max': Math.max(...accusedMs), ...figures }
}

interface News {
  readonly kind: Observation['kind']
  readonly subject: string
  /** Who knows anyway. */
  readonly except?: string
  readonly firstAccusedMs?: number[]
}

async function spreads(options: ScenarioOptions, happen: (pool: GossipPool, trial: number) => News): Promise<Figures> {
  const pool = standingPool(options)
  const spread: Spread[] = []
  const size = pool.members.size
  await pool.run(2000)
  for (let trial = 0; trial < options.trials; trial += 1) {
    spread.push(await once(pool, trial, happen))
    await pool.run(5000)
    const contact = pool.anyone()
    if (pool.members.size < size) pool.start(`replacement${trial}`).join(contact.address)
    await pool.run(5000)
  }
  const at = (share: number) => mean(spread.map(({ timesMs }) => quantile(timesMs, share)))
  return {
    first: mean(spread.map(({ timesMs }) => Math.min(...timesMs))),
    'half of all': at(0.5),
    '99 %': at(0.99),
    all: at(1),
    'all, slowest trial': Math.max(...spread.flatMap(({ timesMs }) => quantile(timesMs, 1))),
    'members that missed it': spread.reduce((sum, { missed }) => sum + missed, 0),
  }
}

async function once(
  pool: GossipPool,
  trial: number,
  happen: (pool: GossipPool, trial: number) => News,
): Promise<Spread> {
  const startedAtMs = pool.nowMs
  const timesMs: number[] = []
  const early: Observation[] = []
  pool.observe = (observation) => early.push(observation)
  const { kind, subject, except, firstAccusedMs } = happen(pool, trial)
  const expected = pool.running.filter(({ name }) => name !== except).length
  let isAccused = false
  const watch = (seen: Observation) => {
    if (seen.subject !== subject || seen.observer === except) return
    if (seen.kind === kind) timesMs.push(seen.atMs - startedAtMs)
    if (seen.kind !== 'accused' || isAccused) return
    isAccused = true
    firstAccusedMs?.push(seen.atMs - startedAtMs)
  }
  for (const observation of early) watch(observation)
  pool.observe = watch
  await pool.run(patienceMs, () => timesMs.length >= expected)
  return { timesMs, missed: expected - timesMs.length }
}
