import { Packet } from 'dns2'
import { assert } from '../../src/kernel/assert.ts'
import type { Random } from '../../src/kernel/random.ts'
import { serialAt } from './authority.ts'
import { headerBytes } from './encode.ts'
import { parseIp } from './ip-address.ts'
import type { Question } from './question.ts'
import type { DnsRecord } from './records.ts'

const { TYPE } = Packet

/** What a kept answer is made of; see `HotAnswers.keep`. */
export interface KeptAnswer {
  /** The response as it went out. */
  readonly packet: Buffer
  readonly question: Question
  /** Every address the answers are drawn from; the packet holds some of them. None: the packet is the same each time. */
  readonly pool: readonly DnsRecord[]
  /** How many answers the packet has. */
  readonly drawn: number
  /** The packet ends with the zone's SOA record, whose serial is the time (an OPT record may follow). */
  readonly endsWithAuthority: boolean
  readonly isCurrent: () => boolean
}

interface Entry {
  readonly isCurrent: () => boolean
  /** The packet without its drawn records. */
  readonly head: Buffer
  readonly tail: Buffer
  /** Encoded records of the pool, each `recordBytes` long. */
  readonly records: Buffer
  readonly recordBytes: number
  readonly drawn: number
  /** The pool in the order it was last drawn in: a few exchanges make the next draw. */
  readonly order: Uint32Array
  readonly serialOffset: number | undefined
  readonly sizeBytes: number
}

/** A larger pool is drawn from the long way. */
export const largestPool = 4096

/** What an entry takes beside its octets, roughly. */
const entryBytes = 600

/** Octets of an OPT record without options. */
const plainEdnsBytes = 11

/**
 * Answers to the questions that are asked all the time, so that one costs a look-up, a few copies and the sending. The
 * key is the message itself behind its header: two that are equal there have equal answers but for the id, the flags
 * and the order of the records, which is drawn anew each time.
 */
export class HotAnswers {
  readonly #entries = new Map<string, Entry>()
  readonly #capacityBytes: number
  readonly #random: Random
  readonly #nowMs: () => number
  #sizeBytes = 0

  /** Forgets its oldest answers when all together pass `capacityBytes`. */
  constructor(capacityBytes: number, random: Random, nowMs: () => number) {
    this.#capacityBytes = capacityBytes
    this.#random = random
    this.#nowMs = nowMs
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#entries.size
  }

  /** What they take, roughly. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The answer to a message, or undefined when the long way is needed. */
  answer(message: Buffer): Buffer | undefined {
    if (message.length <= headerBytes || !isPlain(message)) return undefined
    const key = message.toString('latin1', headerBytes)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!entry.isCurrent()) {
      this.#forget(key)
      return undefined
    }
    return this.#compose(entry, message)
  }

  /** Keeps an answer for the next time the same is asked. The question must be one that `mayKeep` allows. */
  keep(message: Buffer, { packet, question, pool, drawn, endsWithAuthority, isCurrent }: KeptAnswer): void {
    if (!isPlain(message)) return
    assert(pool.length <= largestPool, 'only small pools of DNS answers are kept encoded')
    const recordBytes = pool.length === 0 ? 0 : pool[0]!.type === TYPE.A ? 16 : 28
    const headEnd = headerBytes + question.rawName.length + 4
    const tail = Buffer.from(packet.subarray(headEnd + drawn * recordBytes))
    const head = Buffer.from(packet.subarray(0, headEnd))
    const records = Buffer.concat(pool.map(encodeAddress))
    const order = Uint32Array.from(pool, (_, i) => i)
    const serialOffset = endsWithAuthority ? packet.length - (question.edns ? plainEdnsBytes : 0) - 20 : undefined
    const key = message.toString('latin1', headerBytes)
    const sizeBytes = entryBytes + head.length + tail.length + records.length + order.byteLength + key.length
    this.#forget(key)
    this.#entries.set(key, { isCurrent, head, tail, records, recordBytes, drawn, order, serialOffset, sizeBytes })
    this.#sizeBytes += sizeBytes
    for (const oldest of this.#entries.keys()) {
      if (this.#sizeBytes <= this.#capacityBytes) break
      this.#forget(oldest)
    }
  }

  /** Forgets everything: the settings changed. */
  clear(): void {
    this.#entries.clear()
    this.#sizeBytes = 0
  }

  #compose({ head, tail, records, recordBytes, drawn, order, serialOffset }: Entry, message: Buffer): Buffer {
    const packet = Buffer.allocUnsafe(head.length + drawn * recordBytes + tail.length)
    packet.set(head)
    packet[0] = message[0]!
    packet[1] = message[1]!
    packet[2] = (head[2]! & 0xfe) | (message[2]! & 0x01)
    packet[3] = (head[3]! & 0xef) | (message[3]! & 0x10)
    let at = head.length
    for (let i = 0; i < drawn; i++) {
      const other = i + Math.floor(this.#random.fraction() * (order.length - i))
      const pick = order[other]!
      order[other] = order[i]!
      order[i] = pick
      records.copy(packet, at, pick * recordBytes, (pick + 1) * recordBytes)
      at += recordBytes
    }
    packet.set(tail, at)
    if (serialOffset !== undefined) packet.writeUInt32BE(serialAt(this.#nowMs()), serialOffset)
    return packet
  }

  #forget(key: string): void {
    this.#sizeBytes -= this.#entries.get(key)?.sizeBytes ?? 0
    this.#entries.delete(key)
  }
}

/** A standard query with one question and at most an OPT record behind it. */
function isPlain(message: Buffer): boolean {
  return (
    (message[2]! & 0xfe) === 0 &&
    (message[3]! & 0xcf) === 0 &&
    message[4] === 0 &&
    message[5] === 1 &&
    message[6] === 0 &&
    message[7] === 0 &&
    message[8] === 0 &&
    message[9] === 0 &&
    message[10] === 0 &&
    message[11]! <= 1
  )
}

/**
 * Whether the same message may be expected again. Spellings with capitals are left out, because some resolvers draw a
 * new one each time, and so is what has options, which hold cookies; both would only push others out.
 */
export function mayKeep(message: Buffer, { owner, rawName, edns }: Question): boolean {
  const plainBytes = headerBytes + rawName.length + 4 + (edns ? plainEdnsBytes : 0)
  return message.length === plainBytes && owner === owner.toLowerCase()
}

/** An address record whose name is a pointer to the question. */
function encodeAddress({ type, ttl, address }: DnsRecord): Buffer {
  const { octets = [] } = parseIp(address ?? '') ?? {}
  const record = Buffer.alloc(12 + octets.length)
  record.writeUInt16BE(0xc000 | headerBytes, 0)
  record.writeUInt16BE(type, 2)
  record.writeUInt16BE(Packet.CLASS.IN, 4)
  record.writeUInt32BE(ttl, 6)
  record.writeUInt16BE(octets.length, 10)
  record.set(octets, 12)
  return record
}
