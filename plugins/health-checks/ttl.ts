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
  #cancelExpiry: () => void

  constructor(definition: CheckDefinition, clock: Clock, settled: (result: ProbeResult) => void) {
    this.#definition = definition
    this.#clock = clock
    this.#settled = settled
    this.#cancelExpiry = clock.after(definition.ttlMs, () => this.#expire())
  }

  report({ status, output }: ProbeResult): void {
    this.#cancelExpiry()
    this.#cancelExpiry = this.#clock.after(this.#definition.ttlMs, () => this.#expire())
    this.#lastOutput = limitOutput(output, this.#definition.outputMaxBytes)
    this.#settled({ status, output: this.#lastOutput })
  }

  stop(): void {
    this.#cancelExpiry()
  }

  #expire(): void {
    const output =
      this.#lastOutput === '' ? 'TTL expired' : `TTL expired (last output before timeout follows): ${this.#lastOutput}`
    this.#settled({ status: 'critical', output })
  }
}
