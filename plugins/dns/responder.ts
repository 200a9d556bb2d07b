import { Packet } from 'dns2'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import { composeService } from './answer.ts'
import type { DnsAnswer } from './contract.ts'
import { ednsRecord, encodeMessage, encodeRefusal } from './encode.ts'
import { HotAnswers, largestPool, mayKeep } from './hot-answers.ts'
import type { OutgoingMessage } from './message.ts'
import { type Question, readQuestion, type Transport } from './question.ts'
import type { DnsRecord } from './records.ts'
import { Recursor } from './recursor.ts'
import { type Outcome, Resolver, type ResolverSetup } from './resolver.ts'
import type { DnsSettings } from './settings.ts'
import { fitMessage } from './truncate.ts'

const { RCODE, TYPE } = Packet

/** So many lookups may be under way; more is a flood, or a zone that hangs. */
const mostLookups = 4096

/** For answers that are kept encoded: about 10,000 of common ones. */
const hotBytes = 8 * 1024 * 1024

export interface ResponderSetup extends Omit<ResolverSetup, 'addresses'> {
  readonly settings: DnsSettings
  readonly log: Logger
  /** Told of throws that are bugs. */
  readonly fault: (error: unknown) => void
}

/** Turns messages from the network into responses. Knows no sockets. */
export class Responder {
  readonly #setup: ResponderSetup
  readonly #resolver: Resolver
  readonly #recursor: Recursor
  readonly #hot: HotAnswers
  #settings: DnsSettings
  #lookups = 0

  constructor(setup: ResponderSetup) {
    this.#setup = setup
    this.#settings = setup.settings
    this.#recursor = new Recursor(setup, setup.settings)
    const addresses = (name: string) => this.#recursor.addresses(name)
    this.#resolver = new Resolver({ ...setup, addresses }, setup.settings)
    this.#hot = new HotAnswers(hotBytes, setup.random, () => setup.clock.wallMs())
  }

  /** From now on questions are answered by these settings. */
  reconfigure(settings: DnsSettings): void {
    this.#settings = settings
    this.#resolver.reconfigure(settings)
    this.#recursor.reconfigure(settings)
    this.#hot.clear()
  }

  /** The answer to a question that came over UDP, when it is at hand. */
  hot(message: Buffer): Buffer | undefined {
    const response = this.#hot.answer(message)
    return response !== undefined && this.#setup.isFresh() ? response : undefined
  }

  /** The response to a message that came from that IP address; undefined when there is to be none. Never rejects. */
  async respond(message: Buffer, transport: Transport, client?: string): Promise<Buffer | undefined> {
    const reading = readQuestion(message)
    if (reading.verdict === 'ignore') return undefined
    if (reading.verdict === 'refuse') return encodeRefusal(message, reading.rcode)

    const { question } = reading
    const settings = this.#settings
    if (this.#lookups >= mostLookups) return failure(question, settings)
    this.#lookups++
    try {
      const outcome = await this.#resolver.resolve(question, transport, client)
      const forwarded = outcome.recurse ? await this.#recursor.forward(message, transport) : undefined
      if (forwarded !== undefined) return forwarded
      const fitted = fitMessage(wholeMessage(question, outcome, settings), transport, settings)
      const packet = encodeMessage(fitted, settings.compress)
      // What was found by settings that are not in force any more goes out, but is not kept.
      if (transport === 'udp' && settings === this.#settings) this.#keep(message, packet, fitted, outcome.source)
      return packet
    } catch (error) {
      if (error instanceof ProconsulError) this.#setup.log.warn('lookup failed', { name: question.owner, error })
      else this.#setup.fault(error)
      return failure(question, settings)
    } finally {
      this.#lookups--
    }
  }

  /** Keeps answers of one host, which never vary, and lists of addresses, which vary only in which and in what order. */
  #keep(message: Buffer, packet: Buffer, fitted: OutgoingMessage, source: DnsAnswer | undefined): void {
    const { question, answers, authorities, additionals } = fitted
    if (!source?.isCurrent || source.local || !mayKeep(message, question)) return
    const { isCurrent } = source
    const drawn = answers.length
    const endsWithAuthority = authorities.length > 0 && additionals.length === 0
    if (source.shape === 'node' || drawn === 0) {
      this.#hot.keep(message, { packet, question, pool: [], drawn: 0, endsWithAuthority, isCurrent })
      return
    }
    const { type } = question
    if ((type !== TYPE.A && type !== TYPE.AAAA) || !this.#settings.compress) return
    if (source.instances.length > largestPool) return
    if (answers.some((record) => record.type !== type)) return
    this.#hot.keep(message, { packet, question, pool: this.#pool(source, fitted), drawn, endsWithAuthority, isCurrent })
  }

  /** Every address that an answer like this one could hold. */
  #pool(source: DnsAnswer, { question, answers }: OutgoingMessage): readonly DnsRecord[] {
    const { owner, type } = question
    const settings = { ...this.#settings, aRecordLimit: 0 }
    const [zone] = settings.zones
    const ttlSeconds = answers[0]!.ttl
    const occasion = { owner, type, zone, ttlSeconds, settings, mostAnswers: Number.POSITIVE_INFINITY }
    return composeService(source, occasion, this.#setup.random).answers
  }
}

function wholeMessage(question: Question, outcome: Outcome, { recursors }: DnsSettings): OutgoingMessage {
  const { rcode, authoritative = false, recursionAvailable = recursors.length > 0, source } = outcome
  const { answers = [], authorities = [], additionals = [] } = outcome
  const edns = question.edns && !outcome.withoutEdns ? ednsRecord(question.edns, source?.local ?? false) : undefined
  const truncated = false
  return { question, rcode, authoritative, recursionAvailable, truncated, answers, authorities, additionals, edns }
}

function failure(question: Question, settings: DnsSettings): Buffer {
  const failed = { rcode: RCODE.SERVFAIL, authoritative: true }
  return encodeMessage(wholeMessage(question, failed, settings), settings.compress)
}
