import type { SwimConfig } from '../../../plugins/gossip/core/config.ts'
import type { Effect } from '../../../plugins/gossip/core/effects.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'
import { Swim } from '../../../plugins/gossip/core/swim.ts'
import { consulVersions } from '../../../plugins/gossip/core/versions.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { World } from '../world.ts'
import { Chatter, type ChatterListener } from './chatter.ts'
import { decode, encode } from './codec.ts'
import type { Host, PoolNetwork } from './network.ts'

export interface MemberOptions {
  readonly name: string
  readonly address: string
  readonly meta: Buffer
  readonly config: SwimConfig
  readonly random: Random
  readonly known?: readonly NodeState[]
}

export const port = 8301
/** What a member logs when a probe of its own failed. */
const accusationText = 'a member does not answer and is suspected'
/** serf's reconnect interval, which Consul keeps. */
const reconnectIntervalMs = 30_000

export interface MemberListener extends ChatterListener {
  /** A probe failed, and `subject` is suspected for it. */
  accused(subject: string, now: number): void
}

/** A process of the simulation: the machine, and what the driver does around it. */
export class SimulatedMember implements Host {
  readonly name: string
  readonly address: string
  readonly swim: Swim
  side = 0
  stalledUntilMs = 0
  readonly #chatter: Chatter
  readonly #world: World
  readonly #network: PoolNetwork<SimulatedMember>
  readonly #config: SwimConfig
  readonly #random: Random
  readonly #listener: MemberListener
  #wakesAtMs = Number.POSITIVE_INFINITY
  #isRunning = true

  constructor(world: World, network: PoolNetwork<SimulatedMember>, options: MemberOptions, listener: MemberListener) {
    const { name, address, meta, config, random, known } = options
    this.name = name
    this.address = address
    this.#world = world
    this.#network = network
    this.#config = config
    this.#random = random
    this.#listener = listener
    this.#chatter = new Chatter(config, meta, () => this.swim.size, listener)
    this.swim = new Swim({
      name,
      address,
      port,
      vsn: consulVersions,
      config,
      random,
      delegate: this.#chatter,
      encode,
      ...(known && { known }),
    })
    network.attach(this)
    this.swim.start(world.nowMs)
    this.#carryOut()
    world.after(random.fraction() * reconnectIntervalMs, () => this.#reconnect())
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Exchanges views with somebody, as a join does. */
  join(address: string): void {
    this.#exchange(address, true)
  }

  fire(event: Buffer): void {
    this.#chatter.fire(event, this.#world.nowMs)
    this.#carryOut()
  }

  /** Tells its meta anew, under a higher incarnation. */
  announce(): void {
    this.swim.updateMeta(this.#world.nowMs)
    this.#carryOut()
  }

  leave(): void {
    this.swim.leave(this.#world.nowMs)
    this.#carryOut()
  }

  /** Ends at once, without a word. */
  crash(): void {
    this.#isRunning = false
    this.#network.detach(this)
  }

  #hear(parts: readonly Buffer[], from: string): void {
    if (!this.#isRunning) return
    const { nowMs } = this.#world
    for (const part of parts) this.swim.receive(decode(part), { address: from, port }, nowMs)
    this.#carryOut()
  }

  #carryOut(): void {
    for (const effect of this.swim.take()) this.#carry(effect)
    const atMs = this.swim.nextTickAt()
    if (atMs >= this.#wakesAtMs || atMs === Number.POSITIVE_INFINITY) return
    this.#wakesAtMs = atMs
    this.#world.after(atMs - this.#world.nowMs, () => this.#wake(atMs))
  }

  #wake(atMs: number): void {
    // A wake-up that an earlier one has overtaken.
    if (!this.#isRunning || atMs !== this.#wakesAtMs) return
    this.#wakesAtMs = Number.POSITIVE_INFINITY
    this.swim.tick(Math.max(this.#world.nowMs, atMs))
    this.#carryOut()
  }

  #carry(effect: Effect): void {
    switch (effect.kind) {
      case 'packet': {
        const { to, parts } = effect
        this.#network.packet(this, to.address, parts, (host) => host.#hear(parts, this.address))
        break
      }
      case 'pushPull':
        this.#exchange(effect.to.address, false)
        break
      case 'tcpPing': {
        const { to, node, seqNo, deadlineAtMs } = effect
        const pong = (answered: boolean | undefined) => {
          if (!this.#isRunning || !answered) return
          this.swim.tcpPong(seqNo, this.#world.nowMs)
          this.#carryOut()
        }
        this.#network.stream(this, to.address, deadlineAtMs - this.#world.nowMs, (host) => host.name === node, pong)
        break
      }
      case 'log':
        if (effect.text === accusationText) this.#listener.accused(String(effect.fields.member), this.#world.nowMs)
    }
  }

  /** What serf does for the failed: the more of them, the likelier a try to reach one (protocol/gossip.md §9.9). */
  #reconnect(): void {
    if (!this.#isRunning) return
    this.#world.after(reconnectIntervalMs, () => this.#reconnect())
    const failed = [...this.#chatter.failed.values()]
    const living = Math.max(1, this.swim.livingCount)
    if (failed.length === 0 || this.#random.fraction() > failed.length / living) return
    this.#exchange(failed[this.#random.below(failed.length)]!, true)
  }

  #exchange(address: string, join: boolean): void {
    const local = this.swim.localPushPull(join)
    this.#network.stream(
      this,
      address,
      this.#config.tcpTimeoutMs,
      (host) => {
        const answer = host.swim.localPushPull(join)
        host.#merge(local, join)
        return answer
      },
      (answer) => {
        if (answer) this.#merge(answer, join)
      },
    )
  }

  #merge(view: ReturnType<Swim['localPushPull']>, join: boolean): void {
    if (!this.#isRunning) return
    this.swim.mergeRemote(view, join, this.#world.nowMs)
    this.#carryOut()
  }
}
