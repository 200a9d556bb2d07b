import { assert } from '../kernel/assert.ts'
import type { Answer } from './answer.ts'

/** Somebody who waits for a live query's answer to change. Exactly one of the two is called, once, unless released. */
export interface Waiter<T> {
  answered(answer: Answer<T>): void
  /** The evaluation threw. */
  failed(error: unknown): void
}

/** Somebody who wants each change, until the returned function is called or an evaluation fails. */
export type Follower<T> = Waiter<T>

interface Held<T> {
  /** What the waiter has seen: it is woken by an answer with other bytes. Undefined: by any answer, whatever its index. */
  seen: Answer<T> | undefined
  /** And with an index above this. */
  readonly threshold: number
}

/** The waiters and followers of one live query. */
export class Waiters<T> {
  readonly #waiting = new Map<Waiter<T>, Held<T>>()
  readonly #following = new Map<Follower<T>, Held<T>>()
  /** Those about to be called. One that another's call makes leave is called no more: iterating a set skips it. */
  #due = new Set<Waiter<T>>()

  /** How many wait or follow. */
  get size(): number {
    return this.#waiting.size + this.#following.size
  }

  wait(waiter: Waiter<T>, seen: Answer<T>, threshold: number): void {
    assert(!this.#waiting.has(waiter), 'a waiter already waits for this query')
    this.#waiting.set(waiter, { seen, threshold })
  }

  follow(follower: Follower<T>, seen: Answer<T>): void {
    this.#following.set(follower, { seen, threshold: -1 })
  }

  leave(waiter: Waiter<T>): void {
    this.#waiting.delete(waiter)
    this.#following.delete(waiter)
    this.#due.delete(waiter)
  }

  /** The whole state was replaced: what everybody has seen counts no more. */
  forget(): void {
    for (const held of this.#waiting.values()) held.seen = undefined
    for (const held of this.#following.values()) held.seen = undefined
  }

  /** Takes out those whose answer changed and returns them, with the followers concerned, for the caller to call. */
  due(answer: Answer<T>, differs: (seen: Answer<T>, now: Answer<T>) => boolean): ReadonlySet<Waiter<T>> {
    const due = new Set<Waiter<T>>()
    let compared: Answer<T> | undefined
    let changed = false
    const concerns = (held: Held<T>): boolean => {
      if (held.seen === undefined) return true
      if (held.seen === answer || answer.index <= held.threshold) return false
      if (held.seen !== compared) {
        compared = held.seen
        changed = differs(compared, answer)
      }
      return changed
    }
    for (const [waiter, held] of this.#waiting) {
      if (!concerns(held)) continue
      due.add(waiter)
      this.#waiting.delete(waiter)
    }
    for (const [follower, held] of this.#following) {
      if (concerns(held)) due.add(follower)
      held.seen = answer
    }
    this.#due = due
    return due
  }

  /** Takes out everybody, for the caller to fail. */
  all(): ReadonlySet<Waiter<T>> {
    const all = new Set([...this.#waiting.keys(), ...this.#following.keys()])
    this.#due = all
    this.#waiting.clear()
    this.#following.clear()
    return all
  }
}

/** The promise of one waiter; leaves nothing behind when its signal aborts. */
export class PromiseWaiter<T> implements Waiter<T> {
  readonly promise: Promise<Answer<T>>
  readonly #signal: AbortSignal | undefined
  readonly #release: (waiter: Waiter<T>) => void
  #resolve!: (answer: Answer<T>) => void
  #reject!: (error: unknown) => void

  constructor(release: (waiter: Waiter<T>) => void, signal: AbortSignal | undefined) {
    this.#release = release
    this.#signal = signal
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    signal?.addEventListener('abort', this)
  }

  /** The signal's listener: an object with this method spares a closure for each waiter. */
  handleEvent(): void {
    this.#release(this)
    this.failed(this.#signal!.reason)
  }

  answered(answer: Answer<T>): void {
    this.#signal?.removeEventListener('abort', this)
    this.#resolve(answer)
  }

  failed(error: unknown): void {
    this.#signal?.removeEventListener('abort', this)
    this.#reject(error)
  }
}
