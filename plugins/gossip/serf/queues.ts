import { BroadcastQueue } from '../core/broadcasts.ts'
import type { SerfConfig } from './config.ts'

/** Serf's messages to everybody, in the order they are offered to packets. */
export class SerfQueues {
  readonly intents: BroadcastQueue
  readonly queries: BroadcastQueue
  readonly events: BroadcastQueue
  readonly #config: SerfConfig

  constructor(config: SerfConfig) {
    this.#config = config
    this.intents = new BroadcastQueue(config.retransmitMult)
    this.queries = new BroadcastQueue(config.retransmitMult)
    this.events = new BroadcastQueue(config.retransmitMult)
  }

  get waiting(): boolean {
    return this.intents.size > 0 || this.queries.size > 0 || this.events.size > 0
  }

  /** Whether a packet can hold the message at all. One that none can would wait for ever. */
  fits(message: Buffer): boolean {
    return message.length < this.#config.packetBudgetBytes
  }

  /** Messages that fit, see `SwimDelegate.broadcasts`. `members` counts all that serf knows, the gone included. */
  take(overheadBytes: number, limitBytes: number, members: number): Buffer[] {
    const taken: Buffer[] = []
    let freeBytes = limitBytes
    for (const queue of [this.intents, this.queries, this.events]) {
      for (const message of queue.take(overheadBytes, freeBytes, members)) {
        taken.push(message)
        freeBytes -= message.length + overheadBytes
      }
    }
    return taken
  }

  /** Drops what was spread most where more waits than is good. */
  prune(members: number): void {
    const keep = Math.max(this.#config.queueDepthMin, 2 * members)
    this.intents.prune(keep)
    this.queries.prune(keep)
    this.events.prune(keep)
  }
}
