/** Milliseconds. */
export interface LatencySummary {
  readonly p50: number
  readonly p99: number
  readonly highest: number
}

/** Collects latencies without growing while it does. */
export class Latencies {
  readonly #values: Float32Array
  #count = 0

  /** Those beyond `capacity` are not kept. */
  constructor(capacity = 2_000_000) {
    this.#values = new Float32Array(capacity)
  }

  add(ms: number): void {
    if (this.#count < this.#values.length) this.#values[this.#count++] = ms
  }

  summary(): LatencySummary {
    const sorted = this.#values.subarray(0, this.#count).sort()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
    return { p50: at(0.5), p99: at(0.99), highest: at(1) }
  }
}
