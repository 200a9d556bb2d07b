import type { Clock } from '../../src/kernel/clock.ts'
import type { ReadMethod, ReadRequest } from '../../src/rpc/method.ts'
import { Answer } from '../../src/store/answer.ts'
import type { LiveQuery, Question } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import type { QueryMeta } from '../../src/wire/structs/query.ts'
import type { AnswerCache } from './answer-cache.ts'
import type { CachedAnswer, Read, ReadManner, RemoteAnswer } from './contract.ts'
import type { MethodsHere } from './here.ts'
import type { KeptAnswers } from './kept-answers.ts'
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
  readonly kept: KeptAnswers
}

/** How long an answer may take that is not waited for. */
export const answerTimeoutMs = 60_000
/** A shared call waits at the server as long as that lets it; readers look after their own time. */
const holdMs = 600_000
const nanosPerMs = 1e6
/** How long a server shall wait that is asked whether an answer still holds; 0 would be five minutes. */
const glanceMs = 1

interface Wanted<Value> {
  readonly minIndex: number
  /** How long the server may wait for another answer; 0 with `minIndex` 0. */
  readonly waitMs: number
  /** The answer with `minIndex`, which need not be sent again. */
  readonly have: Answer<Value> | undefined
  /** Somebody waits, who is likely to come again with this answer. */
  readonly keep: boolean
}

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
    return this.#call(manner, { minIndex: 0, waitMs: 0, have: undefined, keep: false }, signal)
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
      hold: (minIndex: number, signal: AbortSignal) => {
        const have = this.#kept(manner)
        const same = have?.index === minIndex ? have : undefined
        return this.#call(manner, { minIndex, waitMs: holdMs, have: same, keep: true }, signal)
      },
      fetch: () => {
        const have = this.#kept(manner)
        const waitMs = have === undefined ? 0 : glanceMs
        return this.#call(manner, { minIndex: have?.index ?? 0, waitMs, have, keep: true }, never)
      },
    }
  }

  #kept({ datacenter }: ReadManner): Answer<Value> | undefined {
    return this.#setup.kept.find(this.#keptName(datacenter))
  }

  #keptName(datacenter: string): string {
    return `${datacenter} ${this.query.question.key}`
  }

  async #call(manner: ReadManner, wanted: Wanted<Value>, signal: AbortSignal): Promise<RemoteAnswer<Value>> {
    const method = this.#method
    const { minIndex, waitMs, have } = wanted
    const request = (): Request => ({
      ...method.request.zero(),
      ...method.toRequest(this.#asked),
      Datacenter: manner.datacenter,
      MinQueryIndex: minIndex,
      MaxQueryTime: waitMs * nanosPerMs,
      AllowStale: manner.consistency === 'stale',
      RequireConsistent: manner.consistency === 'consistent',
      AllowNotModifiedResponse: have !== undefined,
    })
    return this.#setup.routing.run({
      name: method.name,
      kind: 'live',
      manner,
      timeoutMs: waitMs > glanceMs ? waitMs * (1 + 1 / 16) + answerTimeoutMs : answerTimeoutMs,
      blocks: waitMs > glanceMs,
      signal,
      here: async () => ({
        answer: await this.#setup.here().read(this.query, minIndex, waitMs, manner, signal),
        contact: this.#setup.here().contact(),
      }),
      body: () => method.request.encode(request()),
      arrived: (bytes) => this.#arrived(bytes, manner, wanted),
    })
  }

  #arrived(bytes: Buffer, { datacenter }: ReadManner, { have, keep }: Wanted<Value>): RemoteAnswer<Value> {
    const reply = this.#method.reply.decode(bytes)
    const contact = { known: reply.KnownLeader, lastContactMs: Math.round(reply.LastContact / nanosPerMs) }
    if (have !== undefined && reply.NotModified) return { answer: have, contact }
    const value = this.#method.fromReply(reply, this.#asked)
    const answer = new Answer(ownerOf(this.query.question), value, reply.Index)
    if (keep) this.#setup.kept.keep(this.#keptName(datacenter), answer, bytes.length)
    return { answer, contact }
  }
}

/** Encodes answers that belong to no live query. */
function ownerOf<Value>(question: Question<Value>) {
  return { encode: (value: Value) => question.encode(value), grew: () => {} }
}

const never = new AbortController().signal
