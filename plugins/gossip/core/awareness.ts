/**
 * Am I the slow one? A member that misses answers itself suspects its own health first, and gives others more time
 * (Lifeguard, section IV.A: local health multiplier; protocol/gossip.md §6.6).
 */
export class Awareness {
  readonly #max: number
  #score = 0

  /** Scores stay below `max`; with 1 a member always believes itself healthy. */
  constructor(max: number) {
    this.#max = max
  }

  /** 0 is healthy. */
  get score(): number {
    return this.#score
  }

  change(delta: number): void {
    this.#score = Math.min(Math.max(this.#score + delta, 0), this.#max - 1)
  }

  /** A time others have, stretched by one's own trouble. */
  stretch(ms: number): number {
    return ms * (this.#score + 1)
  }
}
