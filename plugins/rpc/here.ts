import type { Clock } from '../../src/kernel/clock.ts'
import { ownBytes } from '../../src/kernel/own-bytes.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { ReadRequest } from '../../src/rpc/method.ts'
import type { Answer } from '../../src/store/answer.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import { weightOf } from '../../src/store/weight.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { QueryMeta, QuerySource } from '../../src/wire/structs/query.ts'
import type { Consensus } from '../raft/contract.ts'
import { HeldRead, waitMsOf } from './blocking.ts'
import type { ReadManner, ServerContact } from './contract.ts'
import type { MethodEntry, ReadEntry, RunEntry } from './method-table.ts'
import type { Places } from './places.ts'

export interface HereSetup {
  readonly store: Store
  readonly consensus: Consensus
  readonly places: Places
  readonly clock: Clock
  readonly random: Random
}

/** A reply as it was last encoded, and what its meta said. */
interface Encoded {
  index: number
  contactMs: number
  known: boolean
  bytes: Buffer | undefined
}

/** Carries out methods on this server and encodes their replies. */
export class MethodsHere {
  readonly #setup: HereSetup

  constructor(setup: HereSetup) {
    this.#setup = setup
  }

  /** The encoded reply to another agent's request. @throws NoLeaderError when somebody else has to answer */
  async answer(entry: MethodEntry, request: unknown, manner: ReadManner, signal: AbortSignal): Promise<Buffer> {
    if (entry.kind !== 'live') return entry.method.reply.encode(await this.run(entry, request, manner, signal))
    const { method } = entry
    const { MinQueryIndex, MaxQueryTime, AllowNotModifiedResponse } = request as ReadRequest
    const asked = method.fromRequest(request as ReadRequest)
    const query = this.#setup.store.queries.ask(method.question(asked))
    const waitMs = waitMsOf(MaxQueryTime, this.#setup.random)
    const held = await this.#held(query, MinQueryIndex, waitMs, manner, signal)
    if (held.same && AllowNotModifiedResponse && !isSorted(request)) return this.#notModified(method, MinQueryIndex)
    return this.#encode(method, held.answer, asked)
  }

  /** Carries out a method that is no live query. @throws NoLeaderError when somebody else has to */
  run(entry: RunEntry, request: unknown, manner: ReadManner, signal: AbortSignal): unknown {
    if (entry.kind !== 'read') return entry.run(request, { signal })
    return this.#settled(manner, signal).then(() => entry.run(request, { signal }))
  }

  /** The answer once its index is above `minIndex`, or what there is after `waitMs`. @throws NoLeaderError likewise */
  async read<Value>(
    query: LiveQuery<Value>,
    minIndex: number,
    waitMs: number,
    manner: ReadManner,
    signal: AbortSignal,
  ): Promise<Answer<Value>> {
    return (await this.#held(query, minIndex, waitMs, manner, signal)).answer
  }

  /** What replies say of this server. */
  contact(): ServerContact {
    const { consensus } = this.#setup
    return { known: consensus.leader() !== undefined, lastContactMs: consensus.lastContactMs() ?? 0 }
  }

  /** The same, and whether it is what the caller has, who has seen it with `minIndex`. */
  async #held<Value>(
    query: LiveQuery<Value>,
    minIndex: number,
    waitMs: number,
    manner: ReadManner,
    signal: AbortSignal,
  ): Promise<{ readonly answer: Answer<Value>; readonly same: boolean }> {
    const { clock } = this.#setup
    await this.#settled(manner, signal)
    const before = query.current()
    if (minIndex === 0 || before.index > minIndex) return { answer: before, same: false }
    const changed = await new HeldRead(query, minIndex, waitMs, clock, signal).promise
    // Time has passed: somebody else may lead by now.
    const answer = (await this.#settled(manner, signal)) ? query.current() : changed
    return { answer, same: answer === before && answer.index === minIndex }
  }

  /** Resolves once this server may answer such a read, with true when that took time. @throws NoLeaderError */
  async #settled(manner: ReadManner, signal: AbortSignal): Promise<boolean> {
    const { places, consensus } = this.#setup
    switch (places.ofRead(manner)) {
      case 'here':
        return false
      case 'verified':
        await consensus.verifyLeader(signal)
        return true
      case 'away':
        throw new NoLeaderError()
    }
  }

  /** That the caller has the answer already; without it. */
  #notModified(method: ReadEntry['method'], index: number): Buffer {
    const { known, lastContactMs } = this.contact()
    return method.reply.encode({ ...method.reply.zero(), ...metaOf(index, known, lastContactMs), NotModified: true })
  }

  /** Encoded once for all who ask while neither answer nor meta change, as on a leader they do not. */
  #encode(method: ReadEntry['method'], answer: Answer<unknown>, asked: unknown): Buffer {
    const index = Math.max(1, answer.index)
    const { known, lastContactMs: contactMs } = this.contact()
    const encoded = answer.form(
      `rpc/${method.name}`,
      (): Encoded => ({ index: 0, contactMs: 0, known: false, bytes: undefined }),
    )
    if (
      encoded.bytes === undefined ||
      encoded.index !== index ||
      encoded.known !== known ||
      encoded.contactMs !== contactMs
    ) {
      const meta = metaOf(index, known, contactMs)
      const bytes = ownBytes(method.reply.encode({ ...method.toReply(answer.value, asked), ...meta }))
      answer.grew(weightOf(bytes) - (encoded.bytes === undefined ? 0 : weightOf(encoded.bytes)))
      encoded.bytes = bytes
      encoded.index = index
      encoded.known = known
      encoded.contactMs = contactMs
    }
    return encoded.bytes
  }
}

/** The order of rows may change with distances, and then no index does. */
function isSorted(request: unknown): boolean {
  return ((request as { readonly Source?: QuerySource }).Source?.Node ?? '') !== ''
}

function metaOf(Index: number, KnownLeader: boolean, contactMs: number): QueryMeta {
  return {
    Index,
    LastContact: Math.round(contactMs * 1e6),
    KnownLeader,
    ConsistencyLevel: '',
    NotModified: false,
    Backend: 0,
  }
}
