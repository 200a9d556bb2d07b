import { assert } from '../kernel/assert.ts'
import { Answer, type AnswerOwner } from './answer.ts'
import { type Dependencies, type Dependent, Footprint, rewatch, weighDependencies } from './dependencies.ts'
import type { QueryHome } from './query-home.ts'
import type { View } from './view.ts'
import { type Follower, PromiseWaiter, type Waiter, Waiters } from './waiters.ts'
import { weightOf } from './weight.ts'

/** A read of replicated state that many may ask. Its functions are pure: the key says all that they depend on. */
export interface Question<T> {
  /** Two questions with the same key have the same answer. What a reader may see is part of it. */
  readonly key: string
  /** Reads what it needs; everything it looked at, also in vain, is what makes the answer stale. Keeps nothing of the view. */
  read(view: View): T
  /** The answer's X-Consul-Index. Not watched, but asked again, cheaply, whenever the store has moved on. */
  index(view: View, value: T): number
  /** The primary encoding. It shows everything that a reader could see change. */
  encode(value: T): Buffer
  /** Tells equal values without encoding them. */
  same?(a: T, b: T): boolean
}

const nothingRead: Dependencies = []

/** What a query weighs beside its key and its answer, with its question and its places in collections; as measured. */
const queryBytes = 900
/** And what keeps those who wait, once anybody has. */
const waitersBytes = 700

/**
 * One question and its answer, shared by all who ask it. The answer holds until a commit touches something that was
 * read for it; it is then evaluated again, once: at the next flush when somebody waits, else by the next reader.
 */
export class LiveQuery<T> implements Dependent, AnswerOwner<T> {
  readonly question: Question<T>
  /** When it was last asked, in the ticks of its home. */
  usedAt = 0
  /** What it weighs in its home; 0 while it holds no answer. */
  sizeBytes = 0
  readonly #home: QueryHome
  /** Made for the first reader that waits: most queries never have one, and it would weigh as much as all the rest. */
  #waiters: Waiters<T> | undefined
  #answer: Answer<T> | undefined
  #dependencies = nothingRead
  #stale = true
  #indexedAt = -1
  /** Of the answer's value, without the rows that the store holds too. */
  #valueBytes = 0

  constructor(question: Question<T>, home: QueryHome) {
    this.question = question
    this.#home = home
  }

  /** How many wait for or follow this query. */
  get readers(): number {
    return this.#waiters?.size ?? 0
  }

  /** The answer as of now. Throws what evaluating it throws; nothing is kept then. */
  current(): Answer<T> {
    const { source, counters } = this.#home
    assert(!source.transacting, 'a live query was read inside a transaction: read the transaction instead')
    assert(!this.#home.evaluating, 'a live query was read inside another, which would not notice when it changes')
    this.usedAt = this.#home.tick()
    const answer = this.#answer
    if (answer === undefined || this.#stale) return this.#evaluate()
    counters.hits++
    if (this.#indexedAt !== source.version) {
      answer.renew(answer.value, this.question.index(source.latest, answer.value))
      this.#indexedAt = source.version
    }
    return answer
  }

  /**
   * Returns the answer when its index is above `minIndex`. Else returns nothing, and calls the waiter once: at the flush
   * after the answer changed. A reader with an index that the store has not reached waits until the answer's passes it.
   */
  hold(minIndex: number, waiter: Waiter<T>): Answer<T> | undefined {
    const answer = this.#baseline()
    if (answer.index > minIndex) return answer
    this.#waiters ??= new Waiters()
    this.#waiters.wait(waiter, answer, minIndex <= this.#home.source.index ? -1 : minIndex)
    return undefined
  }

  /** Takes back a waiter: it is not called any more. */
  release(waiter: Waiter<T>): void {
    this.#waiters?.leave(waiter)
  }

  /** The same as a promise. Aborting rejects it with the signal's reason. */
  async wait(minIndex: number, signal?: AbortSignal): Promise<Answer<T>> {
    signal?.throwIfAborted()
    const waiter = new PromiseWaiter<T>((it) => this.release(it), signal)
    let answer: Answer<T> | undefined
    try {
      answer = this.hold(minIndex, waiter)
    } catch (error) {
      waiter.failed(error)
    }
    if (answer !== undefined) waiter.answered(answer)
    return waiter.promise
  }

  /** Calls `follower` at each flush after the answer changed from what it is now. The returned function ends that. */
  follow(follower: Follower<T>): () => void {
    const seen = this.#baseline()
    this.#waiters ??= new Waiters()
    this.#waiters.follow(follower, seen)
    return () => this.release(follower)
  }

  /** Called by the scopes it watches. */
  invalidate(): void {
    if (this.#stale) return
    this.#stale = true
    if (this.readers > 0) this.#home.enqueue(this as LiveQuery<unknown>)
    else this.#weighAlone()
  }

  /** Called by its home when the whole state was replaced: everybody wakes, also with the same answer. */
  reset(): void {
    this.#stale = true
    if (this.#waiters === undefined || this.#waiters.size === 0) {
      this.#weighAlone()
      return
    }
    this.#waiters.forget()
    this.#home.enqueue(this as LiveQuery<unknown>)
  }

  /** Called by its home at a flush: who must be called, and what with. */
  settle(): { readonly waiters: ReadonlySet<Waiter<T>>; tell(waiter: Waiter<T>): void } | undefined {
    const readers = this.#waiters
    if (readers === undefined || readers.size === 0) return undefined
    try {
      const answer = this.#baseline()
      const waiters = readers.due(answer, (seen, now) => this.#differs(seen, now))
      return { waiters, tell: (waiter) => waiter.answered(answer) }
    } catch (error) {
      return { waiters: readers.all(), tell: (waiter) => waiter.failed(error) }
    }
  }

  /** Forgets the answer and what it was made from. The next reader starts anew. */
  drop(): void {
    this.#dependencies = rewatch(this, this.#dependencies, nothingRead)
    this.#answer = undefined
    this.#stale = true
    this.#home.detach(this as LiveQuery<unknown>)
  }

  /** Called by its answers. */
  encode(value: T): Buffer {
    this.#home.counters.encodings++
    return this.question.encode(value)
  }

  /** Called by its answers. Those it no longer holds weigh on whoever still does. */
  grew(answer: Answer<T>): void {
    if (answer === this.#answer) this.#weigh(answer)
  }

  #weigh(answer: Answer<T>): void {
    const delta = this.#weightWith(answer) - this.sizeBytes
    this.sizeBytes += delta
    this.#home.attach(this as LiveQuery<unknown>, delta)
  }

  /** Rows that were changed since are the store's no more: who knows how many of them only this answer holds. */
  #weighAlone(): void {
    const answer = this.#answer
    if (answer === undefined) return
    this.#valueBytes = weightOf(answer.value)
    const delta = this.#weightWith(answer) - this.sizeBytes
    this.sizeBytes += delta
    this.#home.grew(delta)
  }

  #weightWith(answer: Answer<T>): number {
    const own = queryBytes + 3 * this.question.key.length + (this.#waiters === undefined ? 0 : waitersBytes)
    return own + weighDependencies(this.#dependencies) + this.#valueBytes + answer.sizeBytes
  }

  /** The answer, encoded: when it changes, the old bytes are there to compare with. */
  #baseline(): Answer<T> {
    const answer = this.current()
    if (this.question.same === undefined) void answer.bytes
    return answer
  }

  #evaluate(): Answer<T> {
    const { source, counters } = this.#home
    const footprint = new Footprint()
    const version = source.version
    counters.evaluations++
    let answer: Answer<T>
    let read: Dependencies = nothingRead
    try {
      let value: T
      try {
        this.#home.evaluating = true
        value = this.question.read(source.watched(footprint))
      } finally {
        this.#home.evaluating = false
        read = footprint.seal()
      }
      answer = this.#take(value, this.question.index(source.latest, value))
    } catch (error) {
      // Those who wait are queued since it went stale: they learn of this, or of a better outcome, at the flush.
      this.drop()
      throw error
    }
    this.#dependencies = rewatch(this, this.#dependencies, read)
    this.#answer = answer
    this.#stale = false
    this.#indexedAt = version
    this.#valueBytes = weightOf(answer.value, true)
    this.#weigh(answer)
    return answer
  }

  /** The old answer when the new value says the same, so that its readers sleep on and its encodings stay. */
  #take(value: T, index: number): Answer<T> {
    const old = this.#answer
    const fresh = new Answer<T>(this, value, index)
    if (old === undefined || this.#differs(old, fresh)) return fresh
    this.#home.counters.spurious++
    old.renew(value, index)
    return old
  }

  #differs(old: Answer<T>, fresh: Answer<T>): boolean {
    if (this.question.same !== undefined) return !this.question.same(old.value, fresh.value)
    return !old.isEncoded || !old.bytes.equals(fresh.bytes)
  }
}
