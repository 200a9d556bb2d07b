import { LeadershipLostError } from './errors.ts'

interface Waiting {
  readonly index: number
  readonly term: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Places of those who were served are given back when there are so many. */
const servedMax = 512

/**
 * Those who wait for an entry of theirs to be applied. Entries are proposed and applied in the order of their indexes, so they
 * stand in a queue; a map would grow and shrink with every batch, and with it what the collector has to look after.
 */
export class Proposals {
  readonly #queue: (Waiting | undefined)[] = []
  #served = 0

  /** Entries that are waited for, or were until their proposers went away. */
  get size(): number {
    return this.#queue.length - this.#served
  }

  /** A promise for what becomes of the entry. When `signal` aborts it rejects, but the entry goes its way. */
  wait(index: number, term: number, signal: AbortSignal | undefined): Promise<unknown> {
    this.#dropFrom(index)
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#queue.push({ index, term, resolve, reject })
        return
      }
      const aborted = () => reject(signal.reason)
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', aborted)
          settle(value)
        }
      signal.addEventListener('abort', aborted, { once: true })
      this.#queue.push({ index, term, resolve: done(resolve), reject: done(reject) })
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
    const left = this.#queue.splice(0).slice(this.#served)
    this.#served = 0
    for (const waiting of left) waiting!.reject(reason())
  }

  #take(index: number): Waiting | undefined {
    for (;;) {
      const first = this.#queue[this.#served]
      if (first === undefined || first.index > index) return undefined
      this.#queue[this.#served++] = undefined
      if (this.#served === servedMax) {
        this.#queue.splice(0, servedMax)
        this.#served = 0
      }
      if (first.index === index) return first
      // A snapshot of another leader's has passed it over: whether it was in there nobody can tell.
      first.reject(new LeadershipLostError())
    }
  }

  /** Who waited for an entry of this index or a later one: a log that was cut back since does not have it any more. */
  #dropFrom(index: number): void {
    while (this.size > 0 && this.#queue.at(-1)!.index >= index) this.#queue.pop()!.reject(new LeadershipLostError())
  }
}
