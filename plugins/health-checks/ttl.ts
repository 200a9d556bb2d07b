import type { Clock } from '../../src/kernel/clock.ts'
import type { CheckDefinition, ProbeResult } from './contract.ts'
import { limitOutput } from './output.ts'
import type { Running } from './scheduler.ts'

/** A check that is reported from outside and turns critical when no report came for its TTL. */
export class TtlCheck implements Running {
  readonly #definition: CheckDefinition
  readonly #clock: Clock
  readonly #settled: (result: ProbeResult) => void
  #lastOutput = ''
  #expiresAtMs = 0
  #cancelExpiry: () => void = () => {}

  constructor(definition: CheckDefinition, clock: Clock, settled: (result: ProbeResult) => void) {
    this.#definition = definition
    this.#clock = clock
    this.#settled = settled
    this.#renew()
  }

  report({ status, output }: ProbeResult): void {
    this.#renew()
    this.#lastOutput = limitOutput(output, this.#definition.outputMaxBytes)
    this.#settled({ status, output: this.#lastOutput })
  }

  stop(): void {
    this.#cancelExpiry()
  }

  #renew(): void {
    this.#expiresAtMs = this.#clock.monotonicMs() + this.#definition.ttlMs
    this.#wait(this.#definition.ttlMs)
  }

  #wait(forMs: number): void {
    this.#cancelExpiry()
    this.#cancelExpiry = this.#clock.after(forMs, () => {
      // A timer cannot be as long as a TTL may be, so it may ring too early.
      const leftMs = this.#expiresAtMs - this.#clock.monotonicMs()
      if (leftMs >= 1) this.#wait(leftMs)
      else this.#expire()
    })
  }

  #expire(): void {
    const output =
      this.#lastOutput === '' ? 'TTL expired' : `TTL expired (last output before timeout follows): ${this.#lastOutput}`
    this.#settled({ status: 'critical', output })
  }
}
