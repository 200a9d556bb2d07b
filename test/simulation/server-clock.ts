import type { Clock } from '../../src/kernel/clock.ts'
import type { World } from './world.ts'

/** The clocks of one server: one that runs too fast or too slow, and one on the wall that somebody sets. */
export class ServerClock implements Clock {
  readonly #world: World
  #rate: number
  #sinceMs: number
  #baseMs: number
  #wallOffsetMs: number

  /** `rate` is milliseconds of this clock per millisecond of the world. */
  constructor(world: World, rate: number, baseMs: number) {
    this.#world = world
    this.#rate = rate
    this.#sinceMs = world.nowMs
    this.#baseMs = baseMs
    this.#wallOffsetMs = 1_700_000_000_000
  }

  monotonicMs(): number {
    return this.#baseMs + (this.#world.nowMs - this.#sinceMs) * this.#rate
  }

  wallMs(): number {
    return Math.floor(this.monotonicMs() + this.#wallOffsetMs)
  }

  after(delayMs: number, run: () => void): () => void {
    // A timer never fires early, not even by a rounding error: whoever finds that nothing is due would set it again for ever.
    return this.#world.after(delayMs / this.#rate + 0.001, run)
  }

  /** From now on the clock runs at another pace. */
  drift(rate: number): void {
    this.#baseMs = this.monotonicMs()
    this.#sinceMs = this.#world.nowMs
    this.#rate = rate
  }

  /** Somebody sets the clock on the wall, also back. */
  setWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** The steady clock leaps ahead, as after the machine slept. */
  leap(byMs: number): void {
    this.#baseMs += byMs
  }
}
