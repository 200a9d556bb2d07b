import type { Intents } from './intents.ts'
import type { Shared } from './shared.ts'

/** What serf does by itself now and then: forget, try again, and keep its queues short (protocol/gossip.md §9.9). */
export class Housekeeping {
  readonly #shared: Shared
  readonly #intents: Intents

  constructor(shared: Shared, intents: Intents) {
    this.#shared = shared
    this.#intents = intents
  }

  start(now: number): void {
    const { config, queues, roster } = this.#shared
    this.#every(config.reapIntervalMs, now, (at) => {
      roster.reap(at, config)
      this.#intents.expire(at)
    })
    this.#every(config.reconnectIntervalMs, now, () => this.#reconnect())
    this.#every(config.queueCheckIntervalMs, now, () => queues.prune(roster.size))
  }

  #every(intervalMs: number, now: number, run: (now: number) => void): void {
    const { deadlines } = this.#shared
    deadlines.add(now + intervalMs, (at) => {
      run(at)
      this.#every(intervalMs, at, run)
    })
  }

  /** All members together try each failed one about once an interval, however many they are. */
  #reconnect(): void {
    const { outbox, random, roster } = this.#shared
    const { failed, left } = roster
    const alive = Math.max(1, roster.size - failed.size - left.size)
    if (random.fraction() >= failed.size / alive) return
    const name = [...failed][random.below(failed.size)]!
    const { address, port } = roster.get(name)!
    outbox.log('info', 'serf: attempting reconnect', { member: name, address })
    outbox.add({ kind: 'reconnect', node: name, to: { address, port } })
  }
}
