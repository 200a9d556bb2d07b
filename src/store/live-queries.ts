import { assert } from '../kernel/assert.ts'
import { LiveQuery, type Question } from './live-query.ts'
import type { QueryCounters, QueryHome, Source } from './query-home.ts'

export interface LiveQueriesOptions {
  /** Answers that nobody waits for are forgotten, least recently used first, when all together weigh more. */
  readonly maxBytes?: number
  /** Or are more than this. */
  readonly maxEntries?: number
  /**
   * Arranges that `flush` is called when the commits of this turn are done; by default as a microtask. A driver that
   * applies a batch and then calls `flush` itself passes a function that does nothing.
   */
  readonly schedule?: (flush: () => void) => void
}

/** Counters for telemetry. */
export interface QueryStatistics extends Readonly<QueryCounters> {
  /** Queries that are kept. */
  readonly entries: number
  /** What they weigh, estimated. */
  readonly bytes: number
  /** How many wait for or follow them. */
  readonly readers: number
}

type AnyQuery = LiveQuery<unknown>

/** All live queries of a store: shared by key, told of changes together, evicted by weight. */
export class LiveQueries {
  readonly #source: Source
  readonly #maxBytes: number
  readonly #maxEntries: number
  readonly #schedule: (flush: () => void) => void
  readonly #home: QueryHome
  readonly #byKey = new Map<string, AnyQuery>()
  /** Those that count. More than `#byKey` when a reader goes on using a query that was evicted meanwhile. */
  readonly #attached = new Set<AnyQuery>()
  #queue = new Set<AnyQuery>()
  #scheduled = false
  #flushing = false
  #bytes = 0
  #ticks = 0
  #counters: QueryCounters = { evaluations: 0, encodings: 0, hits: 0, wakes: 0, spurious: 0, evictions: 0 }
  /** An eviction that could not free enough, because readers wait, is tried again only when this much has come on top. */
  #evictAboveBytes: number
  #evictAboveEntries: number

  constructor(source: Source, options: LiveQueriesOptions = {}) {
    this.#source = source
    this.#maxBytes = options.maxBytes ?? 32 * 2 ** 20
    this.#maxEntries = options.maxEntries ?? 20_000
    this.#schedule = options.schedule ?? queueMicrotask
    this.#evictAboveBytes = this.#maxBytes
    this.#evictAboveEntries = this.#maxEntries
    this.#home = {
      source,
      counters: this.#counters,
      evaluating: false,
      tick: () => ++this.#ticks,
      attach: (query, deltaBytes) => this.#attach(query, deltaBytes),
      grew: (deltaBytes) => {
        this.#bytes += deltaBytes
      },
      detach: (query) => this.#detach(query),
      enqueue: (query) => this.#enqueue(query),
    }
  }

  /** The one live query for this question. Costs a lookup; evaluates nothing yet. */
  ask<T>(question: Question<T>): LiveQuery<T> {
    const held = this.#byKey.get(question.key)
    if (held !== undefined) return held as LiveQuery<T>
    const query = new LiveQuery(question, this.#home)
    this.#attach(query as AnyQuery, 0)
    return query
  }

  /**
   * Evaluates what is stale and has readers, and calls those whose answer changed. Returns when nothing is left to tell,
   * also of what the readers themselves changed. When readers throw, the others are called all the same, and the
   * error is thrown at the end.
   */
  flush(): void {
    if (this.#flushing) return
    assert(!this.#source.transacting, 'live queries were flushed inside a transaction')
    const errors: unknown[] = []
    this.#flushing = true
    while (this.#queue.size > 0) {
      const queue = this.#queue
      this.#queue = new Set()
      for (const query of queue) this.#settle(query, errors)
    }
    this.#flushing = false
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, 'several readers of live queries failed')
  }

  /** Called by the store when its whole state was replaced. */
  replaced(): void {
    for (const query of this.#attached) query.reset()
  }

  statistics(): QueryStatistics {
    let readers = 0
    for (const query of this.#attached) readers += query.readers
    return { ...this.#counters, entries: this.#attached.size, bytes: this.#bytes, readers }
  }

  #settle(query: AnyQuery, errors: unknown[]): void {
    const outcome = query.settle()
    if (outcome === undefined) return
    for (const waiter of outcome.waiters) {
      this.#counters.wakes++
      try {
        outcome.tell(waiter)
      } catch (error) {
        errors.push(error)
      }
    }
  }

  #enqueue(query: AnyQuery): void {
    this.#queue.add(query)
    if (this.#scheduled || this.#flushing) return
    this.#scheduled = true
    this.#schedule(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  #attach(query: AnyQuery, deltaBytes: number): void {
    this.#attached.add(query)
    if (!this.#byKey.has(query.question.key)) this.#byKey.set(query.question.key, query)
    this.#bytes += deltaBytes
    if (this.#bytes > this.#evictAboveBytes || this.#attached.size > this.#evictAboveEntries) this.#evict(query)
  }

  #detach(query: AnyQuery): void {
    this.#attached.delete(query)
    if (this.#byKey.get(query.question.key) === query) this.#byKey.delete(query.question.key)
    this.#bytes -= query.sizeBytes
    query.sizeBytes = 0
  }

  /** Goes a tenth below the limits, so that the sorting is paid once for many. `keep` is being read right now. */
  #evict(keep: AnyQuery): void {
    const unused = [...this.#attached].filter((query) => query.readers === 0 && query !== keep)
    unused.sort((a, b) => a.usedAt - b.usedAt)
    for (const query of unused) {
      if (this.#bytes <= 0.9 * this.#maxBytes && this.#attached.size <= 0.9 * this.#maxEntries) break
      query.drop()
      this.#counters.evictions++
    }
    this.#evictAboveBytes = Math.max(this.#maxBytes, this.#bytes + 0.1 * this.#maxBytes)
    this.#evictAboveEntries = Math.max(this.#maxEntries, this.#attached.size + 0.1 * this.#maxEntries)
  }
}
