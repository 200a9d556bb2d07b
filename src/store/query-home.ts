import type { Footprint } from './dependencies.ts'
import type { LiveQuery } from './live-query.ts'
import type { View } from './view.ts'

/** What a live query needs from the store. */
export interface Source {
  readonly index: number
  /** Moves with every commit and every restore. */
  readonly version: number
  readonly transacting: boolean
  readonly latest: View
  watched(footprint: Footprint): View
}

/** What a live query needs from the collection it is in. */
export interface QueryHome {
  readonly source: Source
  readonly counters: QueryCounters
  /** A read function runs. */
  evaluating: boolean
  /** A number that rises with every use. */
  tick(): number
  /** The query holds an answer and weighs this much more or less than before. */
  attach(query: LiveQuery<unknown>, deltaBytes: number): void
  /** The query weighs so much more or less, in the midst of a commit: room is made when the next answer comes. */
  grew(deltaBytes: number): void
  detach(query: LiveQuery<unknown>): void
  /** The query has readers, and something to tell them at the next flush. */
  enqueue(query: LiveQuery<unknown>): void
}

/** Since the store began. */
export interface QueryCounters {
  evaluations: number
  encodings: number
  /** Reads that found a valid answer. */
  hits: number
  /** Waiters and followers that were called. */
  wakes: number
  /** Evaluations that found the same bytes as before. */
  spurious: number
  evictions: number
}
