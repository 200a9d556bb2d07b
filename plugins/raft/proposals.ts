import { LeadershipLostError } from './errors.ts'

interface Waiting {
  readonly term: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Those who wait for an entry of theirs to be applied, by its index. */
export class Proposals {
  readonly #waiting = new Map<number, Waiting>()

  get size(): number {
    return this.#waiting.size
  }

  /** A promise for what becomes of the entry. When `signal` aborts it rejects, but the entry goes its way. */
  wait(index: number, term: number, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#waiting.set(index, { term, resolve, reject })
        return
      }
      const aborted = () => {
        this.#waiting.delete(index)
        reject(signal.reason)
      }
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', aborted)
          settle(value)
        }
      signal.addEventListener('abort', aborted, { once: true })
      this.#waiting.set(index, { term, resolve: done(resolve), reject: done(reject) })
    })
  }

  /** The entry at `index` was applied. If it is of another term, a later leader has replaced the one that was proposed. */
  applied(index: number, term: number, result: unknown): void {
    const waiting = this.#take(index)
    if (waiting === undefined) return
    if (waiting.term === term) waiting.resolve(result)
    else waiting.reject(new LeadershipLostError())
  }

  /** The state machine refused the command in the entry at `index`. */
  refused(index: number, term: number, refusal: unknown): void {
    const waiting = this.#take(index)
    if (waiting?.term === term) waiting.reject(refusal)
    else waiting?.reject(new LeadershipLostError())
  }

  /** Nobody will settle these any more. */
  rejectAll(reason: () => Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(reason())
    this.#waiting.clear()
  }

  #take(index: number): Waiting | undefined {
    const waiting = this.#waiting.get(index)
    if (waiting !== undefined) this.#waiting.delete(index)
    return waiting
  }
}
