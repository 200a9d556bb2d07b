/** How often a quiet side is asked whether it is there, and how long it has to answer (protocol/servers.md §2). */
export const keepaliveTimes = { everyMs: 30_000, answerMs: 10_000 } as const

/** Tells when to ask the other side for a sign of life, and when it has failed to give one. */
export class Keepalive {
  #value = 0
  #askedAtMs: number | undefined
  #askAtMs: number

  constructor(nowMs: number) {
    this.#askAtMs = nowMs + keepaliveTimes.everyMs
  }

  /** When something is to be done next. */
  get dueAtMs(): number {
    return this.#askedAtMs === undefined ? this.#askAtMs : this.#askedAtMs + keepaliveTimes.answerMs
  }

  /** True when the answer is overdue. */
  isDead(nowMs: number): boolean {
    return this.#askedAtMs !== undefined && nowMs >= this.dueAtMs
  }

  /** The value to ask with, when it is time to ask. */
  ask(nowMs: number): number | undefined {
    if (this.#askedAtMs !== undefined || nowMs < this.#askAtMs) return undefined
    this.#value = (this.#value + 1) % 2 ** 32
    this.#askedAtMs = nowMs
    this.#askAtMs = nowMs + keepaliveTimes.everyMs
    return this.#value
  }

  answered(value: number): void {
    if (value === this.#value) this.#askedAtMs = undefined
  }
}
