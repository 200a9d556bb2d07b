import type { Clock } from '../../src/kernel/clock.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Waiter } from '../../src/store/waiters.ts'

const waitDefaultMs = 300_000
const waitMaxMs = 600_000
const nanosPerMs = 1e6

/** How long a caller may wait who asks for `maxQueryTime` nanoseconds (protocol/servers.md §5.3). */
export function waitMsOf(maxQueryTime: number, random: Random): number {
  const asked = maxQueryTime / nanosPerMs
  const waitMs = asked <= 0 ? waitDefaultMs : Math.min(asked, waitMaxMs)
  return waitMs * (1 + random.fraction() / 16)
}

/** Waits until a query's answer is above an index, or as long as it may. Leaves nothing behind when its signal aborts. */
export class HeldRead<Value> implements Waiter<Value> {
  readonly promise: Promise<Answer<Value>>
  readonly #query: LiveQuery<Value>
  readonly #signal: AbortSignal
  readonly #cancelTimer: () => void
  #over = false
  #resolve!: (answer: Answer<Value>) => void
  #reject!: (error: unknown) => void

  constructor(query: LiveQuery<Value>, minIndex: number, waitMs: number, clock: Clock, signal: AbortSignal) {
    this.#query = query
    this.#signal = signal
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#cancelTimer = clock.after(waitMs, () => this.#timeOut())
    signal.addEventListener('abort', this)
    if (signal.aborted) this.handleEvent()
    else this.#hold(minIndex)
  }

  #hold(minIndex: number): void {
    try {
      const passed = this.#query.hold(minIndex, this)
      if (passed !== undefined) this.answered(passed)
    } catch (error) {
      this.failed(error)
    }
  }

  /** The signal's listener. */
  handleEvent(): void {
    if (this.#end()) this.#reject(this.#signal.reason)
  }

  answered(answer: Answer<Value>): void {
    if (this.#end()) this.#resolve(answer)
  }

  failed(error: unknown): void {
    if (this.#end()) this.#reject(error)
  }

  #timeOut(): void {
    if (!this.#end()) return
    try {
      this.#resolve(this.#query.current())
    } catch (error) {
      this.#reject(error)
    }
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#cancelTimer()
    this.#query.release(this)
    this.#signal.removeEventListener('abort', this)
    return true
  }
}
