/** An answer that nobody has asked for this long is dropped, as in Consul: 3 days. */
export const forgottenAfterMs = 3 * 24 * 3_600_000

/** How much is kept; those asked longest ago make room. */
export interface FetchedLimits {
  readonly entriesMax: number
  /** Of questions and answers together. */
  readonly totalBytesMax: number
}

interface Fetched {
  readonly bytes: Buffer
  readonly fetchedAtMs: number
  readonly sizeBytes: number
  askedAtMs: number
}

/** Answers as they were when they were fetched, by question. Times are those of one clock that never runs backwards. */
export class FetchedAnswers {
  readonly #limits: FetchedLimits
  /** The one asked longest ago is first. */
  readonly #byQuestion = new Map<string, Fetched>()
  #totalBytes = 0

  constructor(limits: FetchedLimits) {
    this.#limits = limits
  }

  /** How many are kept. */
  get size(): number {
    return this.#byQuestion.size
  }

  /** Of all that are kept, with their questions. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /** The answer to that question, and when it was fetched. Who asks keeps it from being dropped. */
  find(question: string, nowMs: number): Pick<Fetched, 'bytes' | 'fetchedAtMs'> | undefined {
    this.#dropForgotten(nowMs)
    const fetched = this.#byQuestion.get(question)
    if (fetched === undefined) return undefined
    fetched.askedAtMs = nowMs
    this.#byQuestion.delete(question)
    this.#byQuestion.set(question, fetched)
    return fetched
  }

  /** In place of what was kept before. One that is larger than everything may be is not kept. */
  keep(question: string, answer: Uint8Array, nowMs: number): void {
    this.#drop(question)
    this.#dropForgotten(nowMs)
    const sizeBytes = answer.length + 2 * question.length
    if (sizeBytes > this.#limits.totalBytesMax) return
    // A copy, as a small answer may be part of a larger allocation, which would be kept with it.
    const bytes = Buffer.allocUnsafeSlow(answer.length)
    bytes.set(answer)
    this.#byQuestion.set(question, { bytes, fetchedAtMs: nowMs, sizeBytes, askedAtMs: nowMs })
    this.#totalBytes += sizeBytes
    for (const oldest of this.#byQuestion.keys()) {
      if (this.size <= this.#limits.entriesMax && this.#totalBytes <= this.#limits.totalBytesMax) return
      this.#drop(oldest)
    }
  }

  #dropForgotten(nowMs: number): void {
    for (const [question, { askedAtMs }] of this.#byQuestion) {
      if (nowMs - askedAtMs < forgottenAfterMs) return
      this.#drop(question)
    }
  }

  #drop(question: string): void {
    this.#totalBytes -= this.#byQuestion.get(question)?.sizeBytes ?? 0
    this.#byQuestion.delete(question)
  }
}
