import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import { NoLeaderError, NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { Consensus } from '../raft/contract.ts'
import { BlockingRead } from './blocking-read.ts'
import type { LiveReply, ReadOptions } from './contract.ts'
import { replyToError } from './error-replies.ts'
import { type Outcome, outcome } from './outcome.ts'
import { type Manner, type Rendering, renderAnswer } from './rendering.ts'
import { type Contact, type LeaderContact, noContact, readHeaders } from './reply-headers.ts'

export interface LiveReadsSetup {
  readonly datacenter: string
  readonly clock: Clock
  readonly contact: Contact
  readonly consensus: () => Consensus | undefined
  /** Headers that every reply of an endpoint begins with. */
  readonly baseHeaders: readonly string[]
  readonly report: (error: unknown) => void
}

const ordinaryBackend = 'blocking-query'
const cacheHit: readonly string[] = ['X-Cache', 'HIT', 'Age', '0']
const cacheMiss: readonly string[] = ['X-Cache', 'MISS']
const notCached: readonly string[] = []
const consistencyNames = { default: 'leader', consistent: 'consistent', stale: 'stale' } as const

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
    response: ServerResponse,
  ): Rendering | Outcome | Promise<Rendering | Outcome | undefined> {
    if (options.datacenter !== this.#setup.datacenter) return this.failed(new NoPathToDatacenterError())
    if (options.consistency === 'consistent') return this.#consistent(reply, options, pretty, response)
    if (options.consistency === 'default' && !this.#setup.contact.now().known) return this.failed(new NoLeaderError())
    try {
      if (options.index === 0 || this.#stopping) return this.#render(reply, reply.query.current(), options, pretty)
      return this.#hold(reply, options, pretty, response)
    } catch (error) {
      return this.failed(error)
    }
  }

  /** A read that ended before it had an answer: the error's reply, with the headers of a read that met no leader. */
  failed(error: unknown): Outcome {
    return this.#errorOutcome(error, readHeaders(0, noContact, undefined, ordinaryBackend))
  }

  /** How replies to this read look. */
  manner(reply: LiveReply, options: ReadOptions, pretty: boolean): Manner {
    return {
      pretty,
      consistency: reply.effectiveConsistency ? consistencyNames[options.consistency] : undefined,
      backend: isStreamed(reply, options) ? 'streaming' : ordinaryBackend,
      cache: reply.cacheable && options.cached ? this.#cacheHeaders(reply.query) : notCached,
    }
  }

  /** Answers everybody who waits with what there is, and lets nobody wait from now on. */
  stop(): void {
    this.#stopping = true
    for (const read of [...this.#waiting]) read.settle()
  }

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
    response: ServerResponse,
  ): Rendering | Outcome | Promise<Rendering | Outcome | undefined> {
    const answer = this.#wait(reply.query, options, response)
    if (!(answer instanceof Promise)) return this.#render(reply, answer, options, pretty)
    return answer.then(
      (changed) => changed && this.#render(reply, changed, options, pretty),
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

  #render(reply: LiveReply, answer: Answer<unknown>, options: ReadOptions, pretty: boolean): Rendering | Outcome {
    const manner = this.manner(reply, options, pretty)
    const contact: LeaderContact = isStreamed(reply, options) ? noContact : this.#setup.contact.now()
    try {
      return renderAnswer(this.#setup.baseHeaders, reply, answer, manner, contact)
    } catch (error) {
      return this.#errorOutcome(error, readHeaders(answer.index, contact, manner.consistency, manner.backend))
    }
  }

  #cacheHeaders(query: LiveQuery<unknown>): readonly string[] {
    if (this.#met.has(query)) return cacheHit
    this.#met.add(query)
    return cacheMiss
  }

  #errorOutcome(error: unknown, headers: readonly string[]): Outcome {
    const { status, headers: own, body } = replyToError(error, this.#setup.report)
    // A bug tells nothing about the read.
    const about = error instanceof ProconsulError ? headers : []
    return outcome(status, [...this.#setup.baseHeaders, ...about, ...own], body)
  }
}

/** Consul feeds these reads from a stream of events, which knows of no leader and says so. */
function isStreamed(reply: LiveReply, options: ReadOptions): boolean {
  const wanted = options.index > 0 || options.cached
  return reply.blockingBackend === 'streaming' && wanted && options.consistency !== 'consistent'
}
