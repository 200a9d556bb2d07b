import type { Clock } from '../../src/kernel/clock.ts'
import { RateExceededError } from './errors.ts'

/** How many calls an agent may make. */
export interface CallRate {
  /** Calls a second, in the long run; below 0 there is no limit. */
  readonly perSecond: number
  /** Calls that may be made at once after a pause. */
  readonly burst: number
}

/**
 * A bucket of tokens, full at first: each call takes one, and they come back at the rate. A client agent whose
 * applications ask too much so refuses them itself, before the servers suffer (`limits.rpc_rate`).
 */
export class RateLimit {
  readonly #clock: Clock
  #rate: CallRate
  #tokens: number
  #filledAtMs: number

  constructor(rate: CallRate, clock: Clock) {
    this.#clock = clock
    this.#rate = rate
    this.#tokens = rate.burst
    this.#filledAtMs = clock.monotonicMs()
  }

  /** Another rate from now on, with a full bucket. */
  set rate(rate: CallRate) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#filledAtMs = this.#clock.monotonicMs()
  }

  /** @throws RateExceededError when there is no token left */
  take(): void {
    const { perSecond, burst } = this.#rate
    if (perSecond < 0) return
    const nowMs = this.#clock.monotonicMs()
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * perSecond)
    this.#filledAtMs = nowMs
    if (this.#tokens < 1) throw new RateExceededError()
    this.#tokens--
  }
}
