import type { Deadline } from '../core/deadlines.ts'
import type { Intents } from './intents.ts'
import type { Shared } from './shared.ts'

/**
 * A graceful leave in three steps (protocol/gossip.md §9.3): say that this is meant, say farewell, and go on answering for
 * a while so that the farewell travels by way of the living. Each step ends in time whether or not anybody hears.
 */
export class Departure {
  readonly #shared: Shared
  readonly #intents: Intents
  #step: 'staying' | 'announcing' | 'farewell' | 'lingering' | 'gone' = 'staying'
  #farewellTimeout: Deadline | undefined

  constructor(shared: Shared, intents: Intents) {
    this.#shared = shared
    this.#intents = intents
  }

  get begun(): boolean {
    return this.#step !== 'staying'
  }

  begin(now: number): void {
    if (this.begun) return
    this.#step = 'announcing'
    const { name, outbox } = this.#shared
    this.#intents.stopRefuting()
    this.#intents.announceLeave(name, false, now, (inTime, at) => {
      if (!inTime) outbox.log('warn', 'serf: timeout while waiting for the leave to be broadcast')
      this.#sayFarewell(at)
    })
  }

  /** The driver saw Swim's `leaveSent`. */
  farewellSent(now: number): void {
    if (this.#step !== 'farewell') return
    this.#farewellTimeout!.cancelled = true
    this.#linger(now)
  }

  #sayFarewell(now: number): void {
    const { config, deadlines, outbox, swim } = this.#shared
    this.#step = 'farewell'
    this.#farewellTimeout = deadlines.add(now + config.broadcastTimeoutMs, (at) => {
      outbox.log('warn', 'serf: timeout waiting for the farewell to be broadcast')
      this.#linger(at)
    })
    swim().leave(now)
  }

  #linger(now: number): void {
    const { config, deadlines, outbox } = this.#shared
    this.#step = 'lingering'
    deadlines.add(now + config.leavePropagateDelayMs, () => {
      this.#step = 'gone'
      outbox.add({ kind: 'left' })
    })
  }
}
