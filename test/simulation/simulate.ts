import { RaftCore } from '../../plugins/raft/core/raft-core.ts'
import type { Random } from '../../src/kernel/random.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { checkRegisters } from './checkers/register.ts'
import { SafetyChecker } from './checkers/safety.ts'
import { Faults } from './faults.ts'
import { SimulatedNetwork } from './network.ts'
import { type FaultKind, type Profile, profileOf } from './profile.ts'
import { SimulatedServer } from './server.ts'
import { ServerClock } from './server-clock.ts'
import { type ServerCounts, serverCounts } from './server-setup.ts'
import { Workload } from './workload.ts'
import { World } from './world.ts'

/** A run went wrong. The message names the seed, which replays it. */
export class SimulationFailure extends Error {
  readonly seed: number

  constructor(seed: number, cause: unknown) {
    super(`seed ${seed}: ${(cause as Error).message}`, { cause })
    this.seed = seed
  }

  override get name(): string {
    return 'SimulationFailure'
  }
}

export interface SimulationOptions {
  /** Another core than the product's, to see whether the simulation notices. */
  readonly newCore?: typeof RaftCore
  /** Told what happens, line by line. */
  readonly trace?: (line: string) => void
}

/** What happened in a run that went well. */
export interface SimulationReport {
  readonly seed: number
  readonly steps: number
  readonly committed: number
  readonly terms: number
  /** Simulated time. */
  readonly virtualMs: number
  readonly network: SimulatedNetwork['counts']
  readonly servers: ServerCounts
  readonly faults: Partial<Record<FaultKind, number>>
  readonly requests: Workload['counts']
  /** Histories of one key that were too tangled to be decided. */
  readonly undecided: number
}

/** A cluster that is not well again this long after all trouble ended has lost its liveness. */
const healsWithinMs = 30_000
const membersOf = (servers: readonly SimulatedServer[], leader: SimulatedServer) => {
  const ids = new Set(leader.core!.configuration.servers.map(({ id }) => id))
  return servers.filter(({ id }) => ids.has(id))
}

/**
 * Runs a whole cluster, its clients and its troubles in one thread. The seed decides everything: the same seed, the same run.
 *
 * @throws SimulationFailure when a promise was broken
 */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationReport> {
  try {
    return await new Simulation(seed, options).run()
  } catch (error) {
    throw new SimulationFailure(seed, error)
  }
}

class Simulation {
  readonly #seed: number
  readonly #world = new World()
  readonly #profile: Profile
  readonly #network: SimulatedNetwork
  readonly #servers: SimulatedServer[] = []
  readonly #counts = serverCounts()
  #undecided = 0
  readonly #safety = new SafetyChecker(() => this.#servers)
  readonly #faults: Faults
  readonly #workload: Workload
  readonly #trace: ((line: string) => void) | undefined

  constructor(seed: number, { newCore = RaftCore, trace }: SimulationOptions) {
    this.#seed = seed
    this.#trace = trace
    this.#profile = profileOf(this.#chance(1))
    const { profile } = { profile: this.#profile }
    this.#network = new SimulatedNetwork(this.#world, this.#chance(2), profile.network)
    const habits = new Map<string, { diskMs: number }>()
    const count = profile.servers + profile.spares
    const first = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, count)
    const entriesPerWriteMax = this.#chance(5).below(2) === 0 ? 1 : Number.POSITIVE_INFINITY
    const note = (who: string, what: () => string) => this.#note(who, what)
    for (const [at, id] of first.entries()) {
      const random = this.#chance(10 + at)
      const clock = new ServerClock(this.#world, 1, 1000 * random.below(1000))
      const habit = { ...profile.disk }
      habits.set(id, habit)
      const config = { ...profile.core, id }
      const shared = { world: this.#world, network: this.#network, safety: this.#safety, counts: this.#counts, note }
      const own = { config, clock, random, habits: habit, entriesPerWriteMax }
      const server = new SimulatedServer({ ...shared, ...own, newCore })
      this.#servers.push(server)
      const voters = first.slice(0, profile.servers)
      if (voters.includes(id)) {
        server.format(voters.map((id) => ({ id, address: `${id}:8300`, suffrage: 'voter' })))
      }
    }
    const { clients, keys, thinkMs, leases } = profile
    this.#safety.clocksHold = leases
    const common = { world: this.#world, servers: this.#servers, note }
    this.#faults = new Faults({ ...common, random: this.#chance(3), network: this.#network, profile, habits })
    this.#workload = new Workload({
      ...common,
      random: this.#chance(4),
      clients,
      keys,
      thinkMs,
      leases,
    })
  }

  async run(): Promise<SimulationReport> {
    const { troubleMs, servers, spares, faults } = this.#profile
    this.#note('seed', () => `${this.#seed}: ${servers} servers, ${spares} spares, ${faults.join(' ')}`)
    for (const server of this.#servers) server.start()
    this.#workload.start()
    this.#faults.start()
    await this.#until(troubleMs, () => false)
    this.#note('trouble', () => 'is over')
    this.#workload.stop()
    this.#faults.end()
    const deadlineMs = troubleMs + healsWithinMs
    let readBack = false
    await this.#mustCome(deadlineMs, () => this.#workload.idle && this.#leader() !== undefined, 'a leader')
    this.#workload.readAll(() => {
      readBack = true
    })
    await this.#mustCome(deadlineMs, () => readBack, 'an answer to every read')
    await this.#mustCome(deadlineMs, () => this.#isEven(), 'the same log on all members')
    this.#checkTables()
    this.#checkHistory()
    return {
      seed: this.#seed,
      steps: this.#world.steps,
      committed: this.#safety.committedCount,
      terms: Math.max(...this.#servers.map((server) => server.core!.term)),
      virtualMs: this.#world.nowMs,
      network: this.#network.counts,
      servers: this.#counts,
      faults: this.#faults.counts,
      requests: this.#workload.counts,
      undecided: this.#undecided,
    }
  }

  #until(untilMs: number, done: () => boolean): Promise<boolean> {
    return this.#world.run(untilMs, done, () => {})
  }

  async #mustCome(deadlineMs: number, done: () => boolean, what: string): Promise<void> {
    if (await this.#until(deadlineMs, done)) return
    const now = this.#servers.map(({ id, core, appliedIndex }) => `${id} ${core?.role}/${core?.term}@${appliedIndex}`)
    throw new Error(`${what} did not come within ${healsWithinMs} ms after the trouble: ${now.join(', ')}`)
  }

  #leader(): SimulatedServer | undefined {
    return this.#servers.find((server) => server.leads)
  }

  #isEven(): boolean {
    const leader = this.#leader()
    if (leader === undefined) return false
    const last = leader.core!.log.lastIndex
    return membersOf(this.#servers, leader).every((server) => server.appliedIndex === last)
  }

  #checkTables(): void {
    const [first, ...others] = membersOf(this.#servers, this.#leader()!)
    const content = first!.machine.content()
    const membership = (server: SimulatedServer) => JSON.stringify(server.core!.configuration)
    for (const other of others) {
      if (membership(other) !== membership(first!)) {
        throw new Error(`${other.id} goes by ${membership(other)}, ${first!.id} by ${membership(first!)}`)
      }
      if (other.machine.content() === content) continue
      throw new Error(`the tables of ${first!.id} and ${other.id} differ: ${content} and ${other.machine.content()}`)
    }
  }

  #checkHistory(): void {
    for (const [key, verdict] of checkRegisters(this.#workload.history)) {
      if (verdict === 'not linearizable') throw new Error(`the history of ${key} is not linearizable`)
      if (verdict === 'undecided') this.#undecided++
    }
  }

  /** A sequence of its own for every use, so that a change in one leaves the others as they are. */
  #chance(use: number): Random {
    return seededRandom(Math.imul(this.#seed, 0x85ebca6b) ^ Math.imul(use, 0xc2b2ae35))
  }

  #note(who: string, what: () => string): void {
    this.#trace?.(`${this.#world.nowMs.toFixed(2).padStart(9)} ${who.padEnd(8)} ${what()}`)
  }
}
