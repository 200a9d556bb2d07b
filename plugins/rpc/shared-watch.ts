import type { Clock } from '../../src/kernel/clock.ts'
import type { RemoteAnswer } from './contract.ts'

/** One call to a server that waits there. */
export interface WatchCalls<Value> {
  /** Resolves with an answer whose index is above `minIndex`, or with what there is when the server has waited enough. */
  hold(minIndex: number, signal: AbortSignal): Promise<RemoteAnswer<Value>>
  /** What there is now. */
  fetch(): Promise<RemoteAnswer<Value>>
}

interface Reader<Value> {
  readonly minIndex: number
  /** The number of the next call when it came: what an earlier call brings may be older than what the reader knows of. */
  readonly sinceCall: number
  resolve(answer: RemoteAnswer<Value>): void
  reject(error: unknown): void
}

/**
 * All who wait on this agent for one and the same answer of another server. They share one call that waits there: it begins
 * with the first of them, is made again while others remain, and given up when the last one leaves.
 *
 * A reader gets what a call brings only when that was made after the reader came. So nobody gets an answer from before
 * the question, although in a crowd all but the first come while a call is under way: for them the next call is made with
 * the same index, and answered at once.
 */
export class SharedWatch<Value> {
  readonly #calls: WatchCalls<Value>
  readonly #clock: Clock
  readonly #empty: () => void
  readonly #readers = new Set<Reader<Value>>()
  #underWay: { readonly minIndex: number; readonly abort: AbortController } | undefined
  #callNumber = 0
  #fetching: { readonly number: number; readonly answer: Promise<RemoteAnswer<Value>> } | undefined

  /** `empty` is told whenever the last reader leaves. */
  constructor(calls: WatchCalls<Value>, clock: Clock, empty: () => void) {
    this.#calls = calls
    this.#clock = clock
    this.#empty = empty
  }

  /** How many wait. */
  get readers(): number {
    return this.#readers.size
  }

  /** True when a reader who has seen `minIndex` can join: nobody is waited for who has seen more. */
  suits(minIndex: number): boolean {
    return this.#underWay === undefined || minIndex >= this.#underWay.minIndex
  }

  /** Resolves with an answer above `minIndex`, or with what there is after `waitMs`. Rejects with the signal's reason. */
  wait(minIndex: number, waitMs: number, signal?: AbortSignal): Promise<RemoteAnswer<Value>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const leave = () => {
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
        this.#leave(reader)
      }
      const reader: Reader<Value> = {
        minIndex,
        sinceCall: this.#callNumber + 1,
        resolve: (answer) => {
          leave()
          resolve(answer)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const onAbort = () => reader.reject(signal!.reason)
      const cancelTimer = this.#clock.after(waitMs, () => {
        leave()
        this.#current(reader.sinceCall).then(resolve, reject)
      })
      signal?.addEventListener('abort', onAbort)
      this.#readers.add(reader)
      if (this.#underWay === undefined) this.#call()
    })
  }

  /** What there is, asked for after call `sinceCall` could be made; shared by all whose time is over together. */
  #current(sinceCall: number): Promise<RemoteAnswer<Value>> {
    if (this.#fetching !== undefined && this.#fetching.number >= sinceCall) return this.#fetching.answer
    const fetching = { number: ++this.#callNumber, answer: this.#calls.fetch() }
    this.#fetching = fetching
    const done = () => {
      if (this.#fetching === fetching) this.#fetching = undefined
    }
    fetching.answer.then(done, done)
    return fetching.answer
  }

  #call(): void {
    let minIndex = Number.POSITIVE_INFINITY
    for (const reader of this.#readers) if (reader.minIndex < minIndex) minIndex = reader.minIndex
    const underWay = { minIndex, abort: new AbortController() }
    const number = ++this.#callNumber
    this.#underWay = underWay
    const over = () => {
      if (this.#underWay !== underWay) return false
      this.#underWay = undefined
      return true
    }
    this.#calls.hold(minIndex, underWay.abort.signal).then(
      (answer) => {
        if (over()) this.#answered(answer, number, minIndex)
      },
      (error) => {
        if (over()) this.#failed(error)
      },
    )
  }

  #answered(remote: RemoteAnswer<Value>, number: number, heldIndex: number): void {
    const { index } = remote.answer
    // A server that has waited enough, or whose state went back to an earlier one, answers everybody.
    const isLast = index <= heldIndex
    for (const reader of [...this.#readers]) {
      if (reader.sinceCall <= number && (isLast || index > reader.minIndex)) reader.resolve(remote)
    }
    if (this.#readers.size > 0 && this.#underWay === undefined) this.#call()
  }

  #failed(error: unknown): void {
    for (const reader of [...this.#readers]) reader.reject(error)
  }

  #leave(reader: Reader<Value>): void {
    if (!this.#readers.delete(reader) || this.#readers.size > 0) return
    const underWay = this.#underWay
    this.#underWay = undefined
    underWay?.abort.abort(new Error('nobody waits any more'))
    this.#empty()
  }
}
