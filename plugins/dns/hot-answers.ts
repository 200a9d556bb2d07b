import { Packet } from 'dns2'
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
}

/** Beyond this a pool is not worth keeping in two forms. */
const largestPool = 4096

/**
 * Answers to the questions that are asked all the time, so that one costs a look-up, a few copies and the sending. The
 * key is the message itself behind its header: two that are equal there have equal answers but for the id, the flags
 * and the order of the records, which is drawn anew each time.
 */
export class HotAnswers {
  readonly #entries = new Map<string, Entry>()
  readonly #capacity: number
  readonly #random: Random
  readonly #nowMs: () => number

  constructor(capacity: number, random: Random, nowMs: () => number) {
    this.#capacity = capacity
    this.#random = random
    this.#nowMs = nowMs
  }

  get size(): number {
    return this.#entries.size
  }

  /** The answer to a message, or undefined when the long way is needed. */
  answer(message: Buffer): Buffer | undefined {
    if (message.length <= headerBytes || !isPlain(message)) return undefined
    const key = message.toString('latin1', headerBytes)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!entry.isCurrent()) {
      this.#entries.delete(key)
      return undefined
    }
    return this.#compose(entry, message)
  }

  /** Keeps an answer for the next time the same is asked. The question must be one that `mayKeep` allows. */
  keep(message: Buffer, { packet, question, pool, drawn, endsWithAuthority, isCurrent }: KeptAnswer): void {
    if (!isPlain(message) || pool.length > largestPool) return
    const recordBytes = pool.length === 0 ? 0 : pool[0]!.type === TYPE.A ? 16 : 28
    const headEnd = headerBytes + question.rawName.length + 4
    const tail = Buffer.from(packet.subarray(headEnd + drawn * recordBytes))
    const ednsBytes = question.edns ? 11 : 0
    if (this.#entries.size >= this.#capacity) this.#forgetOldest()
    this.#entries.set(message.toString('latin1', headerBytes), {
      isCurrent,
      head: Buffer.from(packet.subarray(0, headEnd)),
      tail,
      records: Buffer.concat(pool.map(encodeAddress)),
      recordBytes,
      drawn,
      order: Uint32Array.from(pool, (_, i) => i),
      serialOffset: endsWithAuthority ? packet.length - ednsBytes - 20 : undefined,
    })
  }

  /** Forgets everything: the settings changed. */
  clear(): void {
    this.#entries.clear()
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

  #forgetOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key)
      return
    }
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
 * Questions whose messages are alike. Spellings with capitals are left out, because some resolvers draw a new one each
 * time, and so are options, which hold cookies; both would only push others out.
 */
export function mayKeep({ owner, edns }: Question): boolean {
  return !(edns?.options ?? false) && owner === owner.toLowerCase()
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
