import { isLiving } from './member-table.ts'
import type { NodeState } from './node-state.ts'
import type { Shared } from './shared.ts'
import { speaks } from './versions.ts'

/**
 * When news is told, and to whom: at the beats of a rhythm, to a few members by lot (protocol/gossip.md §6.10). Nobody is
 * woken while there is no news; what comes in a burst leaves in one packet.
 */
export class Gossip {
  readonly #shared: Shared
  /** One beat of the rhythm, from which all others follow. */
  #beatMs = 0
  /** The next beat, while there is news. */
  #nextAtMs: number | undefined

  constructor(shared: Shared) {
    this.#shared = shared
  }

  start(beatMs: number): void {
    this.#beatMs = beatMs
  }

  /** The moment of the next `tick`. News of the delegate that nobody told this machine of makes it `now`. */
  nextAtMs(now: number): number {
    if (!this.#hasNews()) return Number.POSITIVE_INFINITY
    return this.#nextAtMs ?? now
  }

  /** To be called when there may be news. */
  await(now: number): void {
    if (!this.#hasNews()) this.#nextAtMs = undefined
    else this.#nextAtMs ??= following(this.#beatMs, this.#shared.config.gossipIntervalMs, now)
  }

  tick(now: number): void {
    if (this.#nextAtMs !== undefined && now >= this.#nextAtMs) {
      this.#nextAtMs = undefined
      this.#tell(now)
    }
    this.await(now)
  }

  #hasNews(): boolean {
    return this.#shared.queue.size > 0 || this.#shared.delegate.broadcastsWaiting()
  }

  /** The recently dead are among those told: they may live, and protest. */
  #tell(now: number): void {
    const { name, config, table, outbox } = this.#shared
    const isListener = (state: NodeState) =>
      state.name !== name &&
      (isLiving(state) || (state.state === 'dead' && now - state.changedAtMs <= config.gossipToTheDeadMs))
    for (const { address, port, vsn } of table.pick(config.gossipNodes, isListener)) {
      const parts = outbox.broadcasts()
      if (parts.length === 0) return
      outbox.add({ kind: 'packet', to: { address, port }, parts, crc: speaks.checksums(vsn) })
    }
  }
}

/** The first moment after `now` of a rhythm that `atMs` belongs to. */
export function following(atMs: number, intervalMs: number, now: number): number {
  return atMs + (Math.floor((now - atMs) / intervalMs) + 1) * intervalMs
}
