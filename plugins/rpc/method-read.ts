import type { Clock } from '../../src/kernel/clock.ts'
import type { ReadMethod, ReadRequest } from '../../src/rpc/method.ts'
import { Answer } from '../../src/store/answer.ts'
import type { LiveQuery, Question } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import type { QueryMeta } from '../../src/wire/structs/query.ts'
import type { AnswerCache } from './answer-cache.ts'
import type { CachedAnswer, Read, ReadManner, RemoteAnswer } from './contract.ts'
import type { MethodsHere } from './here.ts'
import type { Routing } from './routing.ts'
import { SharedWatch } from './shared-watch.ts'

/** What reads share. */
export interface ReadSetup {
  readonly store: Store
  readonly routing: Routing
  /** Never called on an agent that keeps no state. */
  readonly here: () => MethodsHere
  readonly clock: Clock
  /** Who waits for answers of other servers, by question and manner. */
  readonly watches: Map<string, SharedWatch<unknown>>
  readonly cache: AnswerCache
}

/** How long an answer may take that is not waited for. */
export const answerTimeoutMs = 60_000
/** A shared call waits at the server as long as that lets it; readers look after their own time. */
const holdMs = 600_000
const nanosPerMs = 1e6

/** A read of one method: its question as a live query here, or as calls to whoever has the answer. */
export class MethodRead<Asked, Request extends ReadRequest, Reply extends QueryMeta, Value> implements Read<Value> {
  readonly query: LiveQuery<Value>
  readonly #setup: ReadSetup
  readonly #method: ReadMethod<Asked, Request, Reply, Value>
  readonly #asked: Asked

  constructor(setup: ReadSetup, method: ReadMethod<Asked, Request, Reply, Value>, asked: Asked) {
    this.#setup = setup
    this.#method = method
    this.#asked = asked
    this.query = setup.store.queries.ask(method.question(asked))
  }

  fetch(manner: ReadManner, signal: AbortSignal = never): Promise<RemoteAnswer<Value>> {
    return this.#call(manner, 0, signal)
  }

  wait(minIndex: number, waitMs: number, manner: ReadManner, signal?: AbortSignal): Promise<RemoteAnswer<Value>> {
    const watch = this.#watch(manner)
    if (watch.suits(minIndex)) return watch.wait(minIndex, waitMs, signal)
    // Who has seen less than the others is behind, and answered at once.
    return new SharedWatch(this.#calls(manner), this.#setup.clock, () => {}).wait(minIndex, waitMs, signal)
  }

  cached(
    minIndex: number,
    waitMs: number,
    { datacenter }: ReadManner,
    signal?: AbortSignal,
  ): Promise<CachedAnswer<Value>> {
    // Whoever takes what is at hand needs no word of the leader.
    const manner: ReadManner = { consistency: 'stale', datacenter }
    const calls = {
      fetch: (ended: AbortSignal) => this.fetch(manner, ended),
      wait: (index: number, ended: AbortSignal) => this.wait(index, holdMs, manner, ended),
    }
    const key = `${datacenter} ${this.query.question.key}`
    return this.#setup.cache.read(key, calls, { minIndex, waitMs, signal })
  }

  #watch(manner: ReadManner): SharedWatch<Value> {
    const { watches, clock } = this.#setup
    const key = `${manner.consistency} ${manner.datacenter} ${this.query.question.key}`
    const held = watches.get(key)
    if (held !== undefined) return held as SharedWatch<Value>
    const watch = new SharedWatch(this.#calls(manner), clock, () => {
      if (watches.get(key) === watch) watches.delete(key)
    })
    watches.set(key, watch)
    return watch
  }

  #calls(manner: ReadManner) {
    return {
      hold: (minIndex: number, signal: AbortSignal) => this.#call(manner, minIndex, signal),
      fetch: () => this.#call(manner, 0, never),
    }
  }

  async #call(manner: ReadManner, minIndex: number, signal: AbortSignal): Promise<RemoteAnswer<Value>> {
    const method = this.#method
    const blocks = minIndex > 0
    const request = (): Request => ({
      ...method.request.zero(),
      ...method.toRequest(this.#asked),
      Datacenter: manner.datacenter,
      MinQueryIndex: minIndex,
      MaxQueryTime: blocks ? holdMs * nanosPerMs : 0,
      AllowStale: manner.consistency === 'stale',
      RequireConsistent: manner.consistency === 'consistent',
    })
    return this.#setup.routing.run({
      name: method.name,
      kind: 'live',
      manner,
      timeoutMs: blocks ? holdMs * (1 + 1 / 16) + answerTimeoutMs : answerTimeoutMs,
      blocks,
      signal,
      here: async () => ({
        answer: await this.#setup.here().read(this.query, minIndex, holdMs, manner, signal),
        contact: this.#setup.here().contact(),
      }),
      body: () => method.request.encode(request()),
      arrived: (bytes) => this.#arrived(bytes),
    })
  }

  #arrived(bytes: Buffer): RemoteAnswer<Value> {
    const reply = this.#method.reply.decode(bytes)
    const value = this.#method.fromReply(reply, this.#asked)
    const contact = { known: reply.KnownLeader, lastContactMs: Math.round(reply.LastContact / nanosPerMs) }
    return { answer: new Answer(ownerOf(this.query.question), value, reply.Index), contact }
  }
}

/** Encodes answers that belong to no live query. */
function ownerOf<Value>(question: Question<Value>) {
  return { encode: (value: Value) => question.encode(value), grew: () => {} }
}

const never = new AbortController().signal
