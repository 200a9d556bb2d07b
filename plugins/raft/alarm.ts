import type { Clock } from '../../src/kernel/clock.ts'

/** One timer that is moved: it rings once, at the moment it was last set to. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #atMs = Number.POSITIVE_INFINITY
  #cancel = () => {}

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at `atMs` on the clock that never runs backwards, or never with infinity; not when it was set to before. */
  set(atMs: number): void {
    if (atMs === this.#atMs) return
    this.#cancel()
    this.#atMs = atMs
    if (atMs === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#clock.after(atMs - this.#clock.monotonicMs(), () => {
      this.#atMs = Number.POSITIVE_INFINITY
      this.#ring()
    })
  }

  /** It rings no more. */
  end(): void {
    this.#cancel()
  }
}
