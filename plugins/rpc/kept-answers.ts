import type { Clock } from '../../src/kernel/clock.ts'
import type { Answer } from '../../src/store/answer.ts'

/** Smaller replies are as soon sent again. */
const sizeBytesMin = 4 * 1024
/** Of all replies together, as they were sent; what they become in memory is some times as much. */
const totalBytesMax = 16 * 2 ** 20
/** Longer than a reader may wait: who comes again has come by then. */
export const forgottenAfterMs = 11 * 60_000

interface Kept {
  readonly answer: Answer<unknown>
  readonly sizeBytes: number
  usedAtMs: number
}

/**
 * Large answers of other servers that somebody waited with. When he comes again and nothing has changed, the server says only
 * that (protocol/servers.md §5.2, NotModified), and the answer need neither be sent nor decoded nor encoded another time.
 */
export class KeptAnswers {
  readonly #clock: Clock
  /** The one used longest ago is first. */
  readonly #byQuestion = new Map<string, Kept>()
  #totalBytes = 0
  #cancelSweep: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many are kept. */
  get size(): number {
    return this.#byQuestion.size
  }

  /** The last answer to that question. */
  find<Value>(question: string): Answer<Value> | undefined {
    const kept = this.#byQuestion.get(question)
    if (kept === undefined) return undefined
    kept.usedAtMs = this.#clock.monotonicMs()
    this.#byQuestion.delete(question)
    this.#byQuestion.set(question, kept)
    return kept.answer as Answer<Value>
  }

  /** `sizeBytes`: of the reply. */
  keep(question: string, answer: Answer<unknown>, sizeBytes: number): void {
    this.#forget(question)
    if (sizeBytes < sizeBytesMin || sizeBytes > totalBytesMax) return
    this.#byQuestion.set(question, { answer, sizeBytes, usedAtMs: this.#clock.monotonicMs() })
    this.#totalBytes += sizeBytes
    for (const oldest of this.#byQuestion.keys()) {
      if (this.#totalBytes <= totalBytesMax) break
      this.#forget(oldest)
    }
    this.#cancelSweep ??= this.#clock.after(forgottenAfterMs, () => this.#sweep())
  }

  close(): void {
    this.#cancelSweep?.()
    this.#byQuestion.clear()
    this.#totalBytes = 0
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#cancelSweep = undefined
    for (const [question, { usedAtMs }] of this.#byQuestion) {
      const leftMs = usedAtMs + forgottenAfterMs - nowMs
      if (leftMs > 0) {
        this.#cancelSweep = this.#clock.after(leftMs, () => this.#sweep())
        return
      }
      this.#forget(question)
    }
  }

  #forget(question: string): void {
    this.#totalBytes -= this.#byQuestion.get(question)?.sizeBytes ?? 0
    this.#byQuestion.delete(question)
  }
}
