import type { SwimConfig } from '../../../plugins/gossip/core/config.ts'
import type { Effect } from '../../../plugins/gossip/core/effects.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'
import { Swim } from '../../../plugins/gossip/core/swim.ts'
import { consulVersions } from '../../../plugins/gossip/core/versions.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { World } from '../world.ts'
import { decode, encode } from './codec.ts'
import type { Layer, ReconnectEffect } from './layer.ts'
import type { Host, PoolNetwork } from './network.ts'

export interface MemberOptions {
  readonly name: string
  readonly address: string
  readonly config: SwimConfig
  readonly random: Random
  readonly layer: Layer
  /** The pool that it stands in from the start. */
  readonly known: readonly NodeState[]
  /** Told when a probe failed and its target is suspected for it. */
  readonly accused: (subject: string) => void
}

export const port = 8301
/** What a member logs when a probe of its own failed. */
const accusationText = 'a member does not answer and is suspected'

/** A process of the simulation: the machines, and what the driver does around them. */
export class SimulatedMember implements Host {
  readonly name: string
  readonly address: string
  readonly swim: Swim
  side = 0
  stalledUntilMs = 0
  readonly #layer: Layer
  readonly #world: World
  readonly #network: PoolNetwork<SimulatedMember>
  readonly #config: SwimConfig
  readonly #accused: (subject: string) => void
  #wakesAtMs = Number.POSITIVE_INFINITY
  #isRunning = true

  constructor(world: World, network: PoolNetwork<SimulatedMember>, options: MemberOptions) {
    const { name, address, config, random, layer, known, accused } = options
    this.name = name
    this.address = address
    this.#world = world
    this.#network = network
    this.#config = config
    this.#layer = layer
    this.#accused = accused
    const { delegate } = layer
    this.swim = new Swim({ name, address, port, vsn: consulVersions, config, random, delegate, encode, known })
    network.attach(this)
    layer.start(this.swim, known, world.nowMs)
    this.swim.start(world.nowMs)
    this.#carryOut()
  }

  /** Exchanges views with somebody, as an operator's join does. */
  join(address: string): void {
    const end = this.#layer.beginJoin()
    this.#exchange(address, true, (reached) => {
      end(reached, this.#world.nowMs)
      this.#carryOut()
    })
  }

  fire(event: string): void {
    this.#layer.fire(event, this.#world.nowMs)
    this.#carryOut()
  }

  /** Tells its meta anew, under a higher incarnation. */
  announce(): void {
    this.swim.updateMeta(this.#world.nowMs)
    this.#carryOut()
  }

  leave(): void {
    this.#layer.leave(this.#world.nowMs)
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
    for (const effect of this.#layer.take()) this.#carry(effect)
    const atMs = Math.min(this.swim.nextTickAt(), this.#layer.nextTickAt())
    if (atMs >= this.#wakesAtMs || atMs === Number.POSITIVE_INFINITY) return
    this.#wakesAtMs = atMs
    this.#world.after(atMs - this.#world.nowMs, () => this.#wake(atMs))
  }

  #wake(atMs: number): void {
    // A wake-up that an earlier one has overtaken.
    if (!this.#isRunning || atMs !== this.#wakesAtMs) return
    this.#wakesAtMs = Number.POSITIVE_INFINITY
    const now = Math.max(this.#world.nowMs, atMs)
    this.#layer.tick(now)
    this.swim.tick(now)
    this.#carryOut()
  }

  #carry(effect: Effect | ReconnectEffect): void {
    switch (effect.kind) {
      case 'packet': {
        const { to, parts } = effect
        this.#network.packet(this, to.address, parts, (host) => host.#hear(parts, this.address))
        break
      }
      case 'pushPull':
        this.#exchange(effect.to.address, false)
        break
      case 'reconnect':
        this.#exchange(effect.to.address, true)
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
      case 'leaveSent':
        this.#layer.farewellSent(this.#world.nowMs)
        break
      case 'log':
        if (effect.text === accusationText) this.#accused(String(effect.fields.member))
    }
  }

  #exchange(address: string, join: boolean, through: (reached: boolean) => void = () => {}): void {
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
        if (this.#isRunning) through(answer !== undefined)
      },
    )
  }

  #merge(view: ReturnType<Swim['localPushPull']>, join: boolean): void {
    if (!this.#isRunning) return
    this.swim.mergeRemote(view, join, this.#world.nowMs)
    this.#carryOut()
  }
}
