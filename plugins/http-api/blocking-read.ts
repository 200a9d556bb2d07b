import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Waiter } from '../../src/store/waiters.ts'

/**
 * One request that waits for the answer of a live query to change. Thousands may wait for the same one, so this is all
 * there is of each: an entry in the query's waiters, a timer and a listener on its response.
 */
export class BlockingRead implements Waiter<unknown> {
  /** The answer to send; undefined when the client went away. */
  readonly promise: Promise<Answer<unknown> | undefined>
  readonly #query: LiveQuery<unknown>
  readonly #waiting: Set<BlockingRead>
  readonly #cancelTimer: () => void
  #resolve!: (answer: Answer<unknown> | undefined) => void
  #reject!: (error: unknown) => void

  /** The query must hold this waiter already, or be made to hold it in the same turn. */
  constructor(
    query: LiveQuery<unknown>,
    waitMs: number,
    clock: Clock,
    response: ServerResponse,
    waiting: Set<BlockingRead>,
  ) {
    this.#query = query
    this.#waiting = waiting
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#cancelTimer = clock.after(waitMs, () => this.settle())
    response.on('close', () => this.#end() && this.#resolve(undefined))
    waiting.add(this)
  }

  answered(answer: Answer<unknown>): void {
    if (this.#end()) this.#resolve(answer)
  }

  failed(error: unknown): void {
    if (this.#end()) this.#reject(error)
  }

  /** Ends the wait with the answer as it is: the time is over, or the agent stops. */
  settle(): void {
    if (!this.#end()) return
    try {
      this.#resolve(this.#query.current())
    } catch (error) {
      this.#reject(error)
    }
  }

  #end(): boolean {
    if (!this.#waiting.delete(this)) return false
    this.#cancelTimer()
    this.#query.release(this)
    return true
  }
}
