import { BroadcastQueue } from '../../../plugins/gossip/core/broadcasts.ts'
import type { SwimConfig } from '../../../plugins/gossip/core/config.ts'
import type { SwimDelegate } from '../../../plugins/gossip/core/delegate.ts'
import type { Endpoint } from '../../../plugins/gossip/core/messages.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'
import type { Swim } from '../../../plugins/gossip/core/swim.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { Layer, LayerListener, ReconnectEffect } from './layer.ts'

const nothing = Buffer.alloc(0)
/** serf's reconnect interval, which Consul keeps. */
const reconnectIntervalMs = 30_000

/**
 * The least that can stand on Swim: it tells events on, once each, and tries the failed again, as serf does. It keeps nothing per
 * member, so that pools of thousands are cheap.
 */
export class Chatter implements Layer, SwimDelegate {
  readonly #listener: LayerListener
  readonly #random: Random
  readonly #queue: BroadcastQueue
  readonly #metaBytes: Buffer
  readonly #heard = new Set<string>()
  readonly #failed = new Map<string, Endpoint>()
  #swim: Swim | undefined
  #reconnectAtMs = Number.POSITIVE_INFINITY
  #effects: ReconnectEffect[] = []

  constructor(config: SwimConfig, meta: Buffer, random: Random, listener: LayerListener) {
    this.#queue = new BroadcastQueue(config.retransmitMult)
    this.#metaBytes = meta
    this.#random = random
    this.#listener = listener
  }

  get delegate(): SwimDelegate {
    return this
  }

  start(swim: Swim, _known: readonly NodeState[], now: number): void {
    this.#swim = swim
    this.#reconnectAtMs = now + this.#random.fraction() * reconnectIntervalMs
  }

  fire(event: string): void {
    this.userMessage(Buffer.from(event))
  }

  leave(now: number): void {
    this.#swim!.leave(now)
  }

  beginJoin = () => () => {}
  farewellSent = () => {}

  /** The more of them failed, the likelier a try to reach one (protocol/gossip.md §9.9). */
  tick(now: number): void {
    if (now < this.#reconnectAtMs) return
    this.#reconnectAtMs += reconnectIntervalMs
    const failed = [...this.#failed.values()]
    if (this.#random.fraction() >= failed.length / Math.max(1, this.#swim!.livingCount)) return
    this.#effects.push({ kind: 'reconnect', to: failed[this.#random.below(failed.length)]! })
  }

  nextTickAt = () => this.#reconnectAtMs

  take(): ReconnectEffect[] {
    const effects = this.#effects
    if (effects.length > 0) this.#effects = []
    return effects
  }

  userMessage(payload: Buffer): void {
    const event = payload.toString('latin1')
    if (this.#heard.has(event)) return
    this.#heard.add(event)
    this.#queue.add(payload)
    this.#listener.heard(event)
  }

  joined({ name }: NodeState): void {
    this.#failed.delete(name)
    this.#listener.changed('joined', name)
  }

  left({ name, address, port, state }: NodeState): void {
    if (state === 'dead') this.#failed.set(name, { address, port })
    this.#listener.changed(state === 'left' ? 'left' : 'dead', name)
  }

  updated({ name }: NodeState): void {
    this.#listener.changed('updated', name)
  }

  meta = () => this.#metaBytes
  broadcastsWaiting = () => this.#queue.size > 0
  broadcasts = (overheadBytes: number, limitBytes: number) =>
    this.#queue.take(overheadBytes, limitBytes, this.#swim!.size)
  localState = () => nothing
  mergeState = () => {}
  ackPayload = () => nothing
  pinged = () => {}
  vetoAlive = () => undefined
  vetoMerge = () => undefined
  conflict = () => {}
}
