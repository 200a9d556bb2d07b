import type { Clock } from '../../src/kernel/clock.ts'
import type { CachedReply } from '../../src/openapi/request.ts'
import type { CacheControl } from './cache-control.ts'
import { FetchedAnswers } from './fetched-answers.ts'

const limits = { entriesMax: 512, totalBytesMax: 8 * 2 ** 20 }

/** A fetch under way, and how many wait for it. */
interface Fetch {
  readonly bytes: Promise<Buffer>
  readonly ended: AbortController
  readers: number
}

/**
 * Answers for readers with `?cached` that nobody keeps up to date: they are as they were when fetched, until a reader finds
 * one too old. Those who wait for the same answer share one fetch, which is given up when the last of them goes.
 */
export class CachedFetches {
  readonly #clock: Clock
  readonly #kept = new FetchedAnswers(limits)
  readonly #underWay = new Map<string, Fetch>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Rejects with what the fetch failed with, when no kept answer may stand in, or with the signal's reason. */
  async read(
    question: string,
    control: CacheControl,
    fetch: (signal: AbortSignal) => Promise<Buffer>,
    signal: AbortSignal,
  ): Promise<CachedReply> {
    signal.throwIfAborted()
    const kept = this.#kept.find(question, this.#clock.monotonicMs())
    if (kept !== undefined && !control.mustRevalidate) {
      const ageMs = this.#clock.monotonicMs() - kept.fetchedAtMs
      if (control.maxAgeMs === undefined || ageMs <= control.maxAgeMs) return hit(kept.bytes, ageMs)
    }
    try {
      return { bytes: await this.#wait(question, fetch, signal), headers: miss }
    } catch (error) {
      if (kept === undefined || signal.aborted || control.staleIfErrorMs === undefined) throw error
      // By now it may have grown too old even for that.
      const ageMs = this.#clock.monotonicMs() - kept.fetchedAtMs
      if (ageMs > control.staleIfErrorMs) throw error
      return hit(kept.bytes, ageMs)
    }
  }

  async #wait(question: string, fetch: (signal: AbortSignal) => Promise<Buffer>, signal: AbortSignal): Promise<Buffer> {
    const shared = this.#underWay.get(question) ?? this.#begin(question, fetch)
    shared.readers++
    let onAbort = () => {}
    const gone = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort)
    })
    try {
      return await Promise.race([shared.bytes, gone])
    } finally {
      signal.removeEventListener('abort', onAbort)
      shared.readers--
      if (shared.readers === 0 && this.#underWay.get(question) === shared) {
        this.#underWay.delete(question)
        shared.ended.abort(signal.reason)
      }
    }
  }

  #begin(question: string, fetch: (signal: AbortSignal) => Promise<Buffer>): Fetch {
    const ended = new AbortController()
    const settled = () => {
      if (this.#underWay.get(question) === shared) this.#underWay.delete(question)
    }
    const shared: Fetch = {
      readers: 0,
      ended,
      bytes: fetch(ended.signal).then(
        (bytes) => {
          if (!ended.signal.aborted) this.#kept.keep(question, bytes, this.#clock.monotonicMs())
          settled()
          return bytes
        },
        (error) => {
          settled()
          throw error
        },
      ),
    }
    this.#underWay.set(question, shared)
    return shared
  }
}

const miss = { 'X-Cache': 'MISS' } as const

function hit(bytes: Buffer, ageMs: number): CachedReply {
  return { bytes, headers: { 'X-Cache': 'HIT', Age: (ageMs / 1000).toFixed(0) } }
}
