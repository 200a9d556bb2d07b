import { consulLanConfig, type SwimConfig } from '../../../plugins/gossip/core/config.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'
import { consulVersions } from '../../../plugins/gossip/core/versions.ts'
import { encodeTags } from '../../../plugins/gossip/serf/tags.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { World } from '../world.ts'
import { Chatter } from './chatter.ts'
import { port, SimulatedMember } from './member.ts'
import { type NetworkHabits, PoolNetwork } from './network.ts'
import { SerfLayer } from './serf-layer.ts'

export interface PoolOptions {
  readonly nodes: number
  readonly seed: number
  readonly config?: Partial<SwimConfig>
  readonly habits?: Partial<NetworkHabits>
  /** Whether the product's serf runs in each member, or something lighter. */
  readonly serf?: boolean
}

/** Something one member learned. */
export interface Observation {
  readonly kind: 'joined' | 'updated' | 'accused' | 'dead' | 'left' | 'event'
  readonly observer: string
  /** Name of the member it is about; for an event its text. */
  readonly subject: string
  readonly atMs: number
}

/** About what Consul's servers show of themselves. */
const tags = {
  acls: '0',
  build: '1.10.12:0b7d2b7e',
  dc: 'dc1',
  ft_fs: '1',
  ft_si: '1',
  id: '1f0cc5e7-2cf0-4aa4-93c1-9a8f1f6f3a44',
  port: '8300',
  raft_vsn: '3',
  role: 'consul',
  segment: '',
  vsn: '2',
  vsn_max: '3',
  vsn_min: '2',
  wan_join_port: '8302',
}

/** A pool of members in one thread. A seed decides all of it. */
export class GossipPool {
  readonly world = new World()
  readonly network: PoolNetwork<SimulatedMember>
  readonly config: SwimConfig
  /** Those that run. */
  readonly members = new Map<string, SimulatedMember>()
  /** Told of everything that any member learns. */
  observe: (observation: Observation) => void = () => {}
  readonly random: Random
  readonly #meta = encodeTags(tags)
  readonly #hasSerf: boolean
  #addresses = 0

  /** Begins with a pool that stands: everybody knows everybody. */
  constructor({ nodes, seed, config = {}, habits = {}, serf = false }: PoolOptions) {
    this.#hasSerf = serf
    this.random = seededRandom(seed)
    this.config = { ...consulLanConfig, ...config }
    this.network = new PoolNetwork(this.world, seededRandom(seed + 1), { latencyMs: 0.5, loss: 0, ...habits })
    const known = Array.from({ length: nodes }, (_, place) => this.#standing(`n${place}`))
    for (const { name, address } of known) this.start(name, address, known)
  }

  get nowMs(): number {
    return this.world.nowMs
  }

  get running(): SimulatedMember[] {
    return [...this.members.values()]
  }

  /** A process begins. Without `known` it is alone and has to join. */
  start(name: string, address = this.newAddress(), known: readonly NodeState[] = []): SimulatedMember {
    const random = seededRandom(this.random.below(2 ** 32))
    const { config } = this
    const told = (kind: Observation['kind'], subject: string) =>
      this.observe({ kind, observer: name, subject, atMs: this.nowMs })
    const listener = { changed: told, heard: (event: string) => told('event', event) }
    const layer = this.#hasSerf
      ? new SerfLayer(name, config, tags, random, listener)
      : new Chatter(config, this.#meta, random, listener)
    const accused = (subject: string) => told('accused', subject)
    const others = known.filter((state) => state.name !== name)
    const options = { name, address, config, random, layer, known: others, accused }
    const member = new SimulatedMember(this.world, this.network, options)
    this.members.set(name, member)
    return member
  }

  crash(member: SimulatedMember): void {
    member.crash()
    this.members.delete(member.name)
  }

  /** A running member by lot. */
  anyone(except?: SimulatedMember): SimulatedMember {
    const others = this.running.filter((member) => member !== except)
    return others[this.random.below(others.length)]!
  }

  newAddress(): string {
    const number = this.#addresses++
    return `10.${number >>> 16}.${(number >>> 8) & 255}.${number & 255}`
  }

  /** Lets `ms` pass, or less when `done` comes true; tells whether it did. `done` is asked after every event. */
  run(ms: number, done: () => boolean = () => false): Promise<boolean> {
    return this.world.run(this.world.nowMs + ms, done, () => {})
  }

  /** How often somebody wrongly believes somebody alive, or fails to; counts no further than `limit`. */
  wrongBeliefs(limit = Number.POSITIVE_INFINITY): number {
    const { members } = this
    let wrong = 0
    for (const { swim } of members.values()) {
      let right = 0
      for (const { name, state, address } of swim.nodes()) {
        if (state !== 'alive' && state !== 'suspect') continue
        if (state === 'alive' && members.get(name)?.address === address) right += 1
        else wrong += 1
      }
      wrong += members.size - right
      if (wrong > limit) break
    }
    return wrong
  }

  /**
   * Waits until all agree, or a share of beliefs is still wrong that is `tolerated`, looking every `everyMs`; the time it
   * took, or undefined when `withinMs` was not enough.
   */
  async settle(withinMs: number, everyMs = 100, tolerated = 0): Promise<number | undefined> {
    const startedAtMs = this.nowMs
    const limit = tolerated * this.members.size ** 2
    while (this.nowMs - startedAtMs <= withinMs) {
      if (this.wrongBeliefs(limit) <= limit) return this.nowMs - startedAtMs
      await this.run(everyMs)
    }
    return undefined
  }

  #standing(name: string): NodeState {
    const address = this.newAddress()
    const meta = this.#meta
    return { name, address, port, meta, vsn: consulVersions, incarnation: 1, state: 'alive', changedAtMs: 0 }
  }
}
