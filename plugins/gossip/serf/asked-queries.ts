import { memberStatus } from '../contract.ts'
import type { Deadline } from '../core/deadlines.ts'
import { QueryRefusedError } from './errors.ts'
import { type Audience, areMetBy, encodeFilters } from './filters.ts'
import type { QueryMessage, ResponseMessage } from './messages.ts'
import type { Queries } from './queries.ts'
import type { Shared } from './shared.ts'
import { encodeMessage } from './wire.ts'

/** Whom a query is for, and how it is asked. */
export interface QueryParams extends Audience {
  /** Members confirm at once that the query arrived, whatever they answer later. */
  readonly wantsAck?: boolean | undefined
  /** Members by which each answer is sent as well: for networks where not everybody reaches everybody. */
  readonly relayFactor?: number | undefined
  /** Serf's default for the size of the pool when left out. */
  readonly timeoutMs?: number | undefined
}

/** What becomes of a query of ours. Each member's ack and answer come once. */
export interface QueryListener {
  readonly ack?: (from: string) => void
  readonly answer?: (from: string, payload: Buffer, now: number) => void
  /** The time is over, or everybody who is asked has answered. */
  readonly done?: (now: number) => void
}

/** A query of ours while answers come in. */
export interface AskedQuery {
  readonly lTime: number
  readonly id: number
  /** Members that should answer, as far as this one knows. */
  readonly expected: number
}

interface Pending extends AskedQuery {
  readonly wantsAck: boolean
  readonly listener: QueryListener
  readonly acks: Set<string>
  readonly answers: Set<string>
  readonly deadline: Deadline
}

const idLimit = 2 ** 31
/** The least number of members whose answers are told apart, for a pool that grows while it answers. */
const answersMin = 1024

/** Gathers answers to this member's queries until their time is over (protocol/gossip.md §9.6). */
export class AskedQueries {
  readonly #shared: Shared
  /** By logical time: it moves with every query, so no two of ours share one. */
  readonly #pending = new Map<number, Pending>()
  readonly #queries: Queries

  constructor(shared: Shared, queries: Queries) {
    this.#shared = shared
    this.#queries = queries
  }

  /** Asks. Throws QueryRefusedError for what does not fit into a message. */
  ask(name: string, payload: Buffer, params: QueryParams, listener: QueryListener, now: number): AskedQuery {
    const { clocks, config, random, swim } = this.#shared
    const { name: originName, address, port } = swim().self()
    const message: QueryMessage = {
      type: 'query',
      lTime: clocks.query.time,
      id: random.below(idLimit),
      origin: { address, port },
      originName,
      filters: encodeFilters(params),
      wantsAck: params.wantsAck ?? false,
      rebroadcast: true,
      relayFactor: params.relayFactor ?? 0,
      timeoutMs: params.timeoutMs ?? this.#defaultTimeoutMs(),
      name,
      payload,
    }
    const encoded = encodeMessage(message)
    if (encoded.length > config.querySizeMax) {
      throw new QueryRefusedError(`query exceeds limit of ${config.querySizeMax} bytes`)
    }
    const pending = this.#add(message, listener, now)
    this.#queries.send(message, encoded, now)
    return pending
  }

  #add(message: QueryMessage, listener: QueryListener, now: number): AskedQuery {
    const { lTime, id, wantsAck, timeoutMs, filters } = message
    const expected = this.#expected(filters)
    const deadline = this.#shared.deadlines.add(now + timeoutMs, (at) => this.#finish(pending, at))
    const pending: Pending = { lTime, id, expected, wantsAck, listener, deadline, acks: new Set(), answers: new Set() }
    this.#pending.set(lTime, pending)
    return pending
  }

  /** Ends the waiting; nobody is told. */
  cancel({ lTime }: AskedQuery): void {
    const pending = this.#pending.get(lTime)
    if (pending) pending.deadline.cancelled = true
    this.#pending.delete(lTime)
  }

  receive({ lTime, id, from, isAck, payload }: ResponseMessage, now: number): void {
    const pending = this.#pending.get(lTime)
    if (!pending || pending.id !== id) {
      this.#shared.outbox.log('debug', 'serf: an answer to no question of ours', { from, lTime, id })
      return
    }
    const heard = isAck ? pending.acks : pending.answers
    if (heard.has(from) || heard.size >= Math.max(answersMin, 2 * pending.expected)) return
    heard.add(from)
    if (isAck) pending.listener.ack?.(from)
    else pending.listener.answer?.(from, payload, now)
    const isComplete = pending.answers.size >= pending.expected
    if (isComplete && (!pending.wantsAck || pending.acks.size >= pending.expected)) this.#finish(pending, now)
  }

  /** Time for the query to reach everybody and for the answers to come back, with much to spare. */
  #defaultTimeoutMs(): number {
    const { config, swim } = this.#shared
    return config.gossipIntervalMs * config.queryTimeoutMult * Math.ceil(Math.log10(swim().livingCount + 1))
  }

  #expected(filters: readonly Buffer[]): number {
    const { roster, swim } = this.#shared
    if (filters.length === 0) return swim().livingCount
    const alive = roster.list().filter(({ status }) => status === memberStatus.alive)
    return alive.filter(({ name, tags }) => areMetBy(filters, name, tags)).length
  }

  #finish(pending: Pending, now: number): void {
    if (this.#pending.get(pending.lTime) !== pending) return
    this.#pending.delete(pending.lTime)
    pending.deadline.cancelled = true
    pending.listener.done?.(now)
  }
}
