import { Packet } from 'dns2'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import { headerBytes } from './encode.ts'
import type { Transport } from './question.ts'
import type { DnsRecord } from './records.ts'
import type { RecursorAddress } from './recursor-address.ts'
import { inRandomOrder } from './shuffle.ts'
import { exchange } from './upstream.ts'

const { RCODE, TYPE, CLASS } = Packet

/** The settings of names that are not ours. */
export interface RecursorSettings {
  readonly recursors: readonly RecursorAddress[]
  readonly recursorStrategy: 'sequential' | 'random'
  readonly recursorTimeoutMs: number
}

export interface RecursorSetup {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** Each takes a socket; more at a time are a flood, or servers that do not answer. */
const mostExchanges = 512

/** All that a server may send over UDP to who does not say that it takes more (RFC 1035 §4.2.1). */
const plainUdpBytes = 512

/** Has other DNS servers answer for names that are not ours. */
export class Recursor {
  readonly #setup: RecursorSetup
  #settings: RecursorSettings
  #exchanges = 0

  constructor(setup: RecursorSetup, settings: RecursorSettings) {
    this.#setup = setup
    this.#settings = settings
  }

  /** From now on these servers are asked. */
  reconfigure(settings: RecursorSettings): void {
    this.#settings = settings
  }

  /**
   * The response that a client's question gets: that of the first server which knows whether there is such a name, octet
   * by octet but for the id. Undefined when none does.
   */
  async forward(message: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const response = await this.#ask(message, transport, (it) => {
      const rcode = it[3]! & 0xf
      return rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN
    })
    if (response === undefined) return undefined
    const forwarded = Buffer.from(response)
    message.copy(forwarded, 0, 0, 2)
    return forwarded
  }

  /** Addresses that a host name leads to, and the aliases on the way. Nothing when nobody knows. */
  async addresses(name: string): Promise<readonly DnsRecord[]> {
    const response = await this.#ask(addressQuestion(name), 'udp', (it) => it.length <= plainUdpBytes)
    if (response === undefined) return []
    const { answers, errors } = Packet.parse(response)
    if (errors.length > 0) return []
    return answers.filter(
      ({ type, class: of }) => of === CLASS.IN && (type === TYPE.A || type === TYPE.AAAA || type === TYPE.CNAME),
    )
  }

  /** Asks one server after the other until a response will do. */
  async #ask(
    message: Buffer,
    transport: Transport,
    isGood: (response: Buffer) => boolean,
  ): Promise<Buffer | undefined> {
    const { clock, log, random } = this.#setup
    const { recursors, recursorStrategy, recursorTimeoutMs: timeoutMs } = this.#settings
    if (this.#exchanges >= mostExchanges) return undefined
    this.#exchanges++
    try {
      for (const to of recursorStrategy === 'random' ? inRandomOrder(recursors, random) : recursors) {
        const recursor = `${to.host}:${to.port}`
        // Whoever would answer in the server's place has to guess the id and our port (RFC 5452).
        const sent = Buffer.from(message)
        sent.writeUInt16BE(random.below(0x10000), 0)
        try {
          const accepts = (response: Buffer) => isResponseTo(sent, response)
          const response = await exchange(sent, { to, transport, timeoutMs, clock, accepts })
          if (isGood(response)) return response
          log.debug('recurse failed for question', { recursor, rcode: response[3]! & 0xf })
        } catch (error) {
          log.error('recurse failed', { recursor, error: (error as Error).message })
        }
      }
      if (recursors.length > 0) log.error('all resolvers failed for question from client')
      return undefined
    } finally {
      this.#exchanges--
    }
  }
}

/** A question for the addresses of a name, whose octets are one character each. */
function addressQuestion(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]))
  const header = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([header, ...labels, Buffer.of(0, 0, TYPE.A, 0, CLASS.IN)])
}

/** The same id, and the same question; a refusal may come without it. */
function isResponseTo(question: Buffer, response: Buffer): boolean {
  if (response.length < headerBytes || response.readUInt16BE(0) !== question.readUInt16BE(0)) return false
  if ((response[2]! & 0x80) === 0) return false
  const questions = response.readUInt16BE(4)
  if (questions === 0) return (response[3]! & 0xf) !== RCODE.NOERROR
  const end = endOfQuestion(question)
  if (questions !== 1 || response.length < end) return false
  const asked = question.toString('latin1', headerBytes, end).toLowerCase()
  return response.toString('latin1', headerBytes, end).toLowerCase() === asked
}

/** Behind the one question of a message that was read before. */
function endOfQuestion(message: Buffer): number {
  let at: number = headerBytes
  while (at < message.length && message[at] !== 0) at += message[at]! + 1
  return at + 5
}
