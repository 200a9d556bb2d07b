import type { Clock } from '../../src/kernel/clock.ts'

const never = Number.POSITIVE_INFINITY

/**
 * One timer that is moved: it rings once, at the moment it was last set to. It is moved with every message, nearly always to
 * later; so the clock's own timer stays where it is, and looks again when it goes off too early.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #atMs = never
  /** When the clock's timer goes off. */
  #dueMs = never
  #cancel = () => {}

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at `atMs` on the clock that never runs backwards, or never with infinity; not when it was set to before. */
  set(atMs: number): void {
    this.#atMs = atMs
    if (atMs === never) this.end()
    else if (atMs < this.#dueMs) this.#wait()
  }

  /** It rings no more. */
  end(): void {
    this.#atMs = never
    this.#dueMs = never
    this.#cancel()
  }

  #wait(): void {
    this.#cancel()
    this.#dueMs = this.#atMs
    this.#cancel = this.#clock.after(this.#atMs - this.#clock.monotonicMs(), () => {
      this.#dueMs = never
      if (this.#clock.monotonicMs() < this.#atMs) return this.#wait()
      this.#atMs = never
      this.#ring()
    })
  }
}
