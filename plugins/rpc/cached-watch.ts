import { setMaxListeners } from 'node:events'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { CachedAnswer, RemoteAnswer } from './contract.ts'

/** How an answer is had from the servers. */
export interface CachedCalls<Value> {
  /** What there is now. */
  fetch(signal: AbortSignal): Promise<RemoteAnswer<Value>>
  /** Resolves when the index is above `minIndex`, or after a while. */
  wait(minIndex: number, signal: AbortSignal): Promise<RemoteAnswer<Value>>
}

export interface WatchSurroundings {
  readonly clock: Clock
  readonly random: Random
}

interface Reader<Value> {
  readonly minIndex: number
  resolve(answer: CachedAnswer<Value>): void
  reject(error: unknown): void
}

/** Pauses between tries to reach a server again grow to this. */
const longestPauseMs = 60_000
const firstPauseMs = 1000

/**
 * An answer that is kept up to date in the background, for readers who are content with what is at hand. While no server
 * can be reached the last answer stays, and grows old.
 */
export class CachedWatch<Value> {
  readonly #calls: CachedCalls<Value>
  readonly #surroundings: WatchSurroundings
  readonly #failed: () => void
  readonly #readers = new Set<Reader<Value>>()
  readonly #ended = new AbortController()
  #held: RemoteAnswer<Value> | undefined
  #lostAtMs: number | undefined

  /** `failed` is told when there is no first answer, and so nothing to keep. */
  constructor(calls: CachedCalls<Value>, surroundings: WatchSurroundings, failed: () => void) {
    this.#calls = calls
    this.#surroundings = surroundings
    this.#failed = failed
    setMaxListeners(0, this.#ended.signal)
    void this.#keep()
  }

  /** How many wait. */
  get readers(): number {
    return this.#readers.size
  }

  /**
   * What is at hand, when its index is above `minIndex`; else the next answer that has one, or what there is after `waitMs`.
   * Rejects when there is no first answer, or with the signal's reason.
   */
  read(minIndex: number, waitMs: number, signal?: AbortSignal): CachedAnswer<Value> | Promise<CachedAnswer<Value>> {
    const held = this.#held
    if (held !== undefined && (minIndex === 0 || held.answer.index > minIndex)) return this.#cached(held, true)
    return this.#next(minIndex, waitMs, signal)
  }

  /** Nothing is kept up to date from now on. */
  end(reason: Error): void {
    this.#ended.abort(reason)
    this.#reject(reason)
  }

  #cached(held: RemoteAnswer<Value>, hit: boolean): CachedAnswer<Value> {
    const ageMs = this.#lostAtMs === undefined ? 0 : this.#surroundings.clock.monotonicMs() - this.#lostAtMs
    return { ...held, hit, ageMs }
  }

  #next(minIndex: number, waitMs: number, signal?: AbortSignal): Promise<CachedAnswer<Value>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const leave = () => {
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
        this.#readers.delete(reader)
      }
      const reader: Reader<Value> = {
        minIndex,
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
      // Without a first answer there is nothing to give, and that has a time limit of its own.
      const onTime = () => {
        if (this.#held !== undefined) reader.resolve(this.#cached(this.#held, false))
      }
      const cancelTimer = this.#surroundings.clock.after(waitMs, onTime)
      signal?.addEventListener('abort', onAbort)
      this.#readers.add(reader)
    })
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ended
    let failures = 0
    while (!signal.aborted) {
      try {
        this.#take(await this.#ask(signal))
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (this.#held === undefined) {
          this.#failed()
          this.end(error as Error)
          return
        }
        this.#lostAtMs ??= this.#surroundings.clock.monotonicMs()
        await this.#pause(failures++)
      }
    }
  }

  /** After trouble not by waiting: that would tell only of the next change that a server is there again. */
  #ask(signal: AbortSignal): Promise<RemoteAnswer<Value>> {
    if (this.#held === undefined || this.#lostAtMs !== undefined) return this.#calls.fetch(signal)
    // To wait with 0 is not to wait.
    return this.#calls.wait(Math.max(1, this.#held.answer.index), signal)
  }

  #take(held: RemoteAnswer<Value>): void {
    const before = this.#held
    this.#held = held
    this.#lostAtMs = undefined
    const { index } = held.answer
    // State that went back to an earlier one is news to everybody.
    const wentBack = before !== undefined && index < before.answer.index
    for (const reader of [...this.#readers]) {
      if (wentBack || reader.minIndex === 0 || index > reader.minIndex) reader.resolve(this.#cached(held, false))
    }
  }

  #reject(error: unknown): void {
    for (const reader of [...this.#readers]) reader.reject(error)
  }

  #pause(failures: number): Promise<void> {
    const { clock, random } = this.#surroundings
    const { signal } = this.#ended
    const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10))
    return new Promise((resolve) => {
      const go = () => {
        cancel()
        signal.removeEventListener('abort', go)
        resolve()
      }
      const cancel = clock.after(longestMs * (1 + random.fraction()) * 0.5, go)
      signal.addEventListener('abort', go)
    })
  }
}
