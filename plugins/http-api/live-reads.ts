import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import { NoLeaderError, NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { Consensus } from '../raft/contract.ts'
import type { CachedAnswer, Read, ReadPlace, Rpc } from '../rpc/contract.ts'
import { BlockingRead } from './blocking-read.ts'
import type { LiveReply, ReadOptions } from './contract.ts'
import { replyToError } from './error-replies.ts'
import { ClientGoneError } from './errors.ts'
import { type Outcome, outcome } from './outcome.ts'
import { type Manner, type Rendering, renderAnswer } from './rendering.ts'
import { type Contact, type LeaderContact, noContact, readHeaders } from './reply-headers.ts'

export interface LiveReadsSetup {
  readonly datacenter: string
  readonly clock: Clock
  readonly contact: Contact
  readonly consensus: () => Consensus | undefined
  /** Without it everything is answered here. */
  readonly rpc: () => Rpc | undefined
  /** Headers that every reply of an endpoint begins with. */
  readonly baseHeaders: readonly string[]
  readonly report: (error: unknown) => void
}

const ordinaryBackend = 'blocking-query'
const cacheHit: readonly string[] = ['X-Cache', 'HIT', 'Age', '0']
const cacheMiss: readonly string[] = ['X-Cache', 'MISS']
const notCached: readonly string[] = []
const consistencyNames = { default: 'leader', consistent: 'consistent', stale: 'stale' } as const

/** Who reads: what is known of a request beside what it asks. */
export interface Reader {
  readonly response: ServerResponse
  /** Aborts when the client goes away or the agent stops. */
  readonly signal: AbortSignal
}

/** Answers live replies: at once, or when the answer changes, as consistently as the reader asked. */
export class LiveReads {
  readonly #setup: LiveReadsSetup
  readonly #waiting = new Set<BlockingRead>()
  /** Queries that a reader with `?cached` has met before. */
  readonly #met = new WeakSet<LiveQuery<unknown>>()
  #stopping = false

  constructor(setup: LiveReadsSetup) {
    this.#setup = setup
  }

  /** Blocking reads that wait now. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * The reply to a read; for a blocking one a promise, of undefined when the client went away. Trouble becomes an error
   * reply, never a rejection.
   */
  answer(
    reply: LiveReply,
    options: ReadOptions,
    pretty: boolean,
    reader: Reader,
  ): Rendering | Outcome | Promise<Rendering | Outcome | undefined> {
    const fresh = this.#freshEnough(options)
    try {
      switch (this.place(reply, fresh)) {
        case 'here':
          if (options.index === 0 || this.#stopping) return this.#render(reply, reply.query.current(), fresh, pretty)
          return this.#hold(reply, fresh, pretty, reader)
        case 'verified':
          if (reply.remote === undefined) return this.#consistent(reply, fresh, pretty, reader.response)
          return this.#ask(reply, reply.remote, fresh, options.waitMs, pretty, reader)
        case 'away':
          if (reply.remote === undefined) throw new NoLeaderError()
          return this.#ask(reply, reply.remote, fresh, options.waitMs, pretty, reader)
      }
    } catch (error) {
      return this.failed(error)
    }
  }

  /** Where a read is answered. @throws NoPathToDatacenterError for one that can be answered here alone */
  place(reply: LiveReply, options: Pick<ReadOptions, 'consistency' | 'datacenter'>): ReadPlace {
    const rpc = this.#setup.rpc()
    if (reply.remote !== undefined && rpc !== undefined) return rpc.place(options)
    if (options.datacenter !== this.#setup.datacenter) throw new NoPathToDatacenterError()
    if (options.consistency === 'consistent') return 'verified'
    return options.consistency === 'stale' || this.#setup.contact.now().known ? 'here' : 'away'
  }

  /** A read that ended before it had an answer: the error's reply, with the headers of a read that met no leader. */
  failed(error: unknown): Outcome {
    return this.#errorOutcome(error, readHeaders(0, noContact, undefined, ordinaryBackend))
  }

  /** How replies to this read look. */
  manner(reply: LiveReply, options: ReadOptions, pretty: boolean, cache = this.#cacheHeaders(reply, options)): Manner {
    return {
      pretty,
      consistency: reply.effectiveConsistency ? consistencyNames[options.consistency] : undefined,
      backend: isStreamed(reply, options) ? 'streaming' : ordinaryBackend,
      cache,
    }
  }

  /** Answers everybody who waits with what there is, and lets nobody wait from now on. */
  stop(): void {
    this.#stopping = true
    for (const read of [...this.#waiting]) read.settle()
  }

  /** Older than the reader accepts: the leader is asked after all. */
  #freshEnough(options: ReadOptions): ReadOptions {
    if (options.maxStaleMs === 0 || this.#setup.contact.now().lastContactMs <= options.maxStaleMs) return options
    return { ...options, consistency: 'default', maxStaleMs: 0 }
  }

  /** Asks whoever has the answer, which may be this server once it knows that it still leads. */
  async #ask(
    reply: LiveReply,
    remote: Read<unknown>,
    options: ReadOptions,
    waitMs: number,
    pretty: boolean,
    { signal }: Reader,
  ): Promise<Rendering | Outcome | undefined> {
    try {
      const { index } = options
      if (reply.cacheable && options.cached && remote.cached !== undefined) {
        const kept = await remote.cached(index, waitMs, options, signal)
        return this.#render(reply, kept.answer, options, pretty, kept.contact, keptHeaders(kept))
      }
      const { answer, contact } =
        index === 0 ? await remote.fetch(options, signal) : await remote.wait(index, waitMs, options, signal)
      if (options.maxStaleMs > 0 && contact.lastContactMs > options.maxStaleMs) {
        const leaders = await remote.fetch({ ...options, consistency: 'default' }, signal)
        return this.#render(reply, leaders.answer, { ...options, consistency: 'default' }, pretty, leaders.contact)
      }
      return this.#render(reply, answer, options, pretty, contact)
    } catch (error) {
      return error instanceof ClientGoneError ? undefined : this.failed(error)
    }
  }

  /** A read that only this server can answer, once a majority has confirmed that it leads. */
  async #consistent(
    reply: LiveReply,
    options: ReadOptions,
    pretty: boolean,
    response: ServerResponse,
  ): Promise<Rendering | Outcome | undefined> {
    const consensus = this.#setup.consensus()
    try {
      await consensus?.verifyLeader()
      if (options.index === 0 || this.#stopping) return this.#render(reply, reply.query.current(), options, pretty)
      const answer = await this.#wait(reply.query, options, response)
      if (answer === undefined) return undefined
      // Time has passed: somebody else may lead by now.
      await consensus?.verifyLeader()
      return this.#render(reply, answer, options, pretty)
    } catch (error) {
      return this.failed(error)
    }
  }

  #hold(
    reply: LiveReply,
    options: ReadOptions,
    pretty: boolean,
    reader: Reader,
  ): Rendering | Outcome | Promise<Rendering | Outcome | undefined> {
    const begunMs = this.#setup.clock.monotonicMs()
    const answer = this.#wait(reply.query, options, reader.response)
    if (!(answer instanceof Promise)) return this.#render(reply, answer, options, pretty)
    return answer.then(
      (changed) => {
        if (changed === undefined) return undefined
        if (reply.remote === undefined || this.#stopping || this.place(reply, options) === 'here') {
          return this.#render(reply, changed, options, pretty)
        }
        // Time has passed: somebody else may lead by now.
        const leftMs = Math.max(0, options.waitMs - (this.#setup.clock.monotonicMs() - begunMs))
        return this.#ask(reply, reply.remote, options, leftMs, pretty, reader)
      },
      (error) => this.failed(error),
    )
  }

  #wait(
    query: LiveQuery<unknown>,
    options: ReadOptions,
    response: ServerResponse,
  ): Answer<unknown> | Promise<Answer<unknown> | undefined> {
    // Most readers come back with the index they were given; one that is behind needs no waiter.
    const answer = query.current()
    if (answer.index > options.index) return answer
    const read = new BlockingRead(query, options.waitMs, this.#setup.clock, response, this.#waiting)
    try {
      const passed = query.hold(options.index, read)
      if (passed !== undefined) read.answered(passed)
    } catch (error) {
      read.failed(error)
    }
    return read.promise
  }

  #render(
    reply: LiveReply,
    answer: Answer<unknown>,
    options: ReadOptions,
    pretty: boolean,
    said: LeaderContact = this.#setup.contact.now(),
    cache?: readonly string[],
  ): Rendering | Outcome {
    const manner = this.manner(reply, options, pretty, cache)
    const contact = isStreamed(reply, options) ? noContact : said
    try {
      return renderAnswer(this.#setup.baseHeaders, reply, answer, manner, contact)
    } catch (error) {
      return this.#errorOutcome(error, readHeaders(answer.index, contact, manner.consistency, manner.backend))
    }
  }

  /** Of a read that is answered here, from a live query, which is always up to date. */
  #cacheHeaders(reply: LiveReply, options: ReadOptions): readonly string[] {
    if (!reply.cacheable || !options.cached) return notCached
    if (this.#met.has(reply.query)) return cacheHit
    this.#met.add(reply.query)
    return cacheMiss
  }

  #errorOutcome(error: unknown, headers: readonly string[]): Outcome {
    const { status, headers: own, body } = replyToError(error, this.#setup.report)
    // A bug tells nothing about the read.
    const about = error instanceof ProconsulError ? headers : []
    return outcome(status, [...this.#setup.baseHeaders, ...about, ...own], body)
  }
}

function keptHeaders({ hit, ageMs }: CachedAnswer<unknown>): readonly string[] {
  if (!hit) return cacheMiss
  return ageMs < 500 ? cacheHit : ['X-Cache', 'HIT', 'Age', (ageMs / 1000).toFixed(0)]
}

/** Consul feeds these reads from a stream of events, which knows of no leader and says so. */
function isStreamed(reply: LiveReply, options: ReadOptions): boolean {
  const wanted = options.index > 0 || options.cached
  return reply.blockingBackend === 'streaming' && wanted && options.consistency !== 'consistent'
}
