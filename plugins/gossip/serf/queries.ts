import { memberStatus } from '../contract.ts'
import { QueryAnswerRefusedError } from './errors.ts'
import { areMetBy } from './filters.ts'
import type { QueryMessage, ResponseMessage } from './messages.ts'
import { ReceivedQuery } from './received-query.ts'
import type { Shared } from './shared.ts'
import { TimeRing } from './time-ring.ts'
import { encodeMessage } from './wire.ts'

/** Of one logical time no more queries are told apart. */
const queriesPerTimeMax = 1024
/** Members before this version of memberlist's protocol pass nothing on (protocol/gossip.md §5.1). */
const relayingProtocol = 5
const nothing = Buffer.alloc(0)

/** Questions of other members, and of this one: passed on, and answered where they are for this member (§9.6). */
export class Queries {
  readonly #shared: Shared
  readonly #ring: TimeRing<number>
  readonly #deliver: (query: ReceivedQuery, now: number) => void

  /** `deliver` gets the queries that are for this member. */
  constructor(shared: Shared, deliver: (query: ReceivedQuery, now: number) => void) {
    this.#shared = shared
    this.#deliver = deliver
    this.#ring = new TimeRing(shared.config.querySlots, shared.clocks.query)
  }

  ignoreBefore(lTime: number): void {
    this.#ring.ignoreBefore(lTime)
  }

  /** A query that arrived. A new one is passed on in any case: others may be meant. */
  receive(message: QueryMessage, encoded: Buffer, now: number): void {
    const { queues } = this.#shared
    if (!this.#isNew(message)) return
    if (message.rebroadcast && queues.fits(encoded)) queues.queries.add(encoded)
    this.#accept(message, now)
  }

  /** A query that this member asks; it is asked like everybody else. */
  send(message: QueryMessage, encoded: Buffer, now: number): void {
    this.#isNew(message)
    this.#shared.queues.queries.add(encoded)
    this.#accept(message, now)
  }

  /** Answers, once and in time. Throws QueryAnswerRefusedError. */
  respond(query: ReceivedQuery, payload: Buffer, now: number): void {
    if (query.answered) throw new QueryAnswerRefusedError('response already sent')
    if (now > query.deadlineAtMs) throw new QueryAnswerRefusedError('response is past the deadline')
    const response = encodeMessage(this.#responseTo(query.message, false, payload))
    const { responseSizeMax } = this.#shared.config
    if (response.length > responseSizeMax) {
      throw new QueryAnswerRefusedError(`response exceeds limit of ${responseSizeMax} bytes`)
    }
    query.answered = true
    this.#return(query.message, response)
  }

  /** How long an answer's payload may be. */
  payloadSizeMax({ message }: ReceivedQuery): number {
    const widestHeaderBytes = 5
    const empty = encodeMessage(this.#responseTo(message, false, nothing)).length
    return this.#shared.config.responseSizeMax - empty - widestHeaderBytes
  }

  #isNew({ lTime, id }: QueryMessage): boolean {
    this.#shared.clocks.query.witness(lTime)
    const ids = this.#ring.at(lTime)
    if (!ids || ids.length >= queriesPerTimeMax || ids.includes(id)) return false
    ids.push(id)
    return true
  }

  #accept(message: QueryMessage, now: number): void {
    const { name, roster } = this.#shared
    if (!areMetBy(message.filters, name, roster.get(name)?.tags ?? {})) return
    if (message.wantsAck) this.#return(message, encodeMessage(this.#responseTo(message, true, nothing)))
    this.#deliver(new ReceivedQuery(message, now), now)
  }

  #responseTo({ lTime, id }: QueryMessage, isAck: boolean, payload: Buffer): ResponseMessage {
    return { type: 'response', lTime, id, from: this.#shared.name, isAck, payload }
  }

  /** Straight to who asked, and by way of as many others as the query wants. */
  #return({ origin, originName, relayFactor }: QueryMessage, response: Buffer): void {
    if (!origin) return
    const { outbox, config } = this.#shared
    outbox.send(origin, response)
    if (relayFactor === 0) return
    const relay = encodeMessage({ type: 'relay', to: origin, toName: originName, message: response })
    if (relay.length > config.responseSizeMax) {
      outbox.log('warn', 'serf: an answer is too long to be sent by way of others', { sizeBytes: relay.length })
      return
    }
    for (const { address, port } of this.#relays(relayFactor)) outbox.send({ address, port }, relay)
  }

  /** By lot; nobody when there are not more members than are wanted. */
  #relays(count: number): { address: string; port: number }[] {
    const { name, random, roster } = this.#shared
    if (roster.size < count + 1) return []
    const able = roster
      .list()
      .filter((m) => m.name !== name && m.status === memberStatus.alive && m.protocol.max >= relayingProtocol)
    for (let picked = 0; picked < Math.min(count, able.length); picked++) {
      const other = picked + random.below(able.length - picked)
      const held = able[picked]!
      able[picked] = able[other]!
      able[other] = held
    }
    return able.slice(0, count)
  }
}
