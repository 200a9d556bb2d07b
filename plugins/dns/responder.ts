import { Packet } from 'dns2'
import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import { type Composition, composeNode, composePointer, composeService, isNodeType } from './answer.ts'
import { authorityRecord, nameServers } from './authority.ts'
import type { DnsAnswer, DnsQuestion } from './contract.ts'
import { ednsRecord, encodeMessage, encodeRefusal } from './encode.ts'
import { encodedAddress } from './encoded-address.ts'
import { StaleServerError } from './errors.ts'
import { HotAnswers, largestPool, mayKeep } from './hot-answers.ts'
import type { ZoneLookup } from './lookup.ts'
import type { OutgoingMessage } from './message.ts'
import { type NameKind, readName, serviceOf } from './name.ts'
import { type Question, readQuestion, type Transport } from './question.ts'
import type { DnsRecord } from './records.ts'
import type { DnsSettings } from './settings.ts'
import { fitMessage, mostAnswers } from './truncate.ts'
import type { Zone } from './zone.ts'

const { RCODE, TYPE } = Packet

/** So many lookups may be under way; more is a flood, or a zone that hangs. */
const mostLookups = 4096

/** For answers that are kept encoded: about 10,000 of common ones. */
const hotBytes = 8 * 1024 * 1024

export interface ResponderSetup {
  readonly settings: DnsSettings
  readonly lookup: ZoneLookup
  /** This agent's own datacenter. */
  readonly datacenter: string
  /** False while this server may not answer from what it knows. */
  readonly mayAnswer: () => boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Told of throws that are bugs. */
  readonly fault: (error: unknown) => void
}

/** What a question is answered with, before flags, EDNS and cutting. */
interface Outcome {
  readonly rcode: number
  readonly authoritative?: boolean
  readonly recursionAvailable?: boolean
  readonly answers?: readonly DnsRecord[]
  readonly authorities?: readonly DnsRecord[]
  readonly additionals?: readonly DnsRecord[]
  /** REFUSED comes from in front of the zones, where Consul does not look at EDNS. */
  readonly withoutEdns?: boolean
  /** What the zone said, when encoded packets may be kept as long as it is true. */
  readonly source?: DnsAnswer | undefined
}

/** Turns messages from the network into responses. Knows no sockets. */
export class Responder {
  readonly #setup: ResponderSetup
  readonly #hot: HotAnswers
  #settings: DnsSettings
  #lookups = 0

  constructor(setup: ResponderSetup) {
    this.#setup = setup
    this.#settings = setup.settings
    this.#hot = new HotAnswers(hotBytes, setup.random, () => setup.clock.wallMs())
  }

  /** From now on questions are answered by these settings. */
  reconfigure(settings: DnsSettings): void {
    this.#settings = settings
    this.#hot.clear()
  }

  /** The answer to a question that came over UDP, when it is at hand. */
  hot(message: Buffer): Buffer | undefined {
    const response = this.#hot.answer(message)
    return response !== undefined && this.#setup.mayAnswer() ? response : undefined
  }

  /** The response to a message; undefined when there is to be none. Never rejects. */
  async respond(message: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const reading = readQuestion(message)
    if (reading.verdict === 'ignore') return undefined
    if (reading.verdict === 'refuse') return encodeRefusal(message, reading.rcode)

    const { question } = reading
    if (this.#lookups >= mostLookups) return this.#encode(question, { rcode: RCODE.SERVFAIL }, transport, message)
    this.#lookups++
    try {
      const outcome = await this.#decide(question, transport)
      return this.#encode(question, outcome, transport, message)
    } catch (error) {
      if (error instanceof StaleServerError) this.#setup.log.debug('not answered', { name: question.owner, error })
      else if (error instanceof ProconsulError) this.#setup.log.warn('lookup failed', { name: question.owner, error })
      else this.#setup.fault(error)
      return this.#encode(question, { rcode: RCODE.SERVFAIL, authoritative: true }, transport, message)
    } finally {
      this.#lookups--
    }
  }

  async #decide(question: Question, transport: Transport): Promise<Outcome> {
    const { zones } = this.#settings
    const isSrv = question.type === TYPE.SRV
    const asked = readName(question.labels, isSrv, zones, (label) => this.#setup.lookup.knows(label))
    switch (asked.place) {
      case 'elsewhere':
        return { rcode: RCODE.REFUSED, withoutEdns: true }
      case 'reverse':
        return this.#reverse(question, asked.address)
      case 'zone':
        return this.#inZone(question, asked.zone, asked.kind, transport)
    }
  }

  /** Names nobody here has a name for would go to a recursor: Consul without one fails, and says it would recurse. */
  async #reverse(question: Question, address: string | undefined): Promise<Outcome> {
    const unknown: Outcome = { rcode: RCODE.SERVFAIL, recursionAvailable: true }
    if (address === undefined) return unknown
    const labels = question.labels.slice(0, -1)
    const answer = await this.#ask({ ...this.#question(question, 'arpa', labels), address })
    if (!answer) return unknown
    const { answers } = composePointer(answer, question.owner, this.#settings.zones[0])
    return answers.length > 0 ? { rcode: RCODE.NOERROR, authoritative: true, answers } : unknown
  }

  async #inZone(question: Question, zone: Zone, kind: NameKind | undefined, transport: Transport): Promise<Outcome> {
    switch (question.type) {
      case TYPE.SOA: {
        const { names, addresses } = await this.#nameServers(question, zone)
        const answers = [this.#authority(zone)]
        return { rcode: RCODE.NOERROR, authoritative: true, answers, authorities: names, additionals: addresses }
      }
      case TYPE.NS: {
        const { names, addresses } = await this.#nameServers(question, zone)
        return { rcode: RCODE.NOERROR, authoritative: true, answers: names, additionals: addresses }
      }
      case TYPE.AXFR:
        return { rcode: RCODE.NOTIMP, authoritative: true }
    }
    if (!kind) return this.#noSuchName(zone)
    if (kind.word === 'addr') return this.#encodedAddress(question, zone, kind)
    return this.#named(question, zone, kind, transport)
  }

  async #named(question: Question, zone: Zone, kind: NameKind, transport: Transport): Promise<Outcome> {
    const { word, labels, suffix } = kind
    if (labels.length === 0 || suffix.length > 1) return this.#noSuchName(zone)
    if (word === 'node' && !isNodeType(question.type)) return { rcode: RCODE.NOERROR, authoritative: true }
    const answer = await this.#ask(this.#question(question, word, labels, suffix[0]))
    if (!answer?.exists) return this.#noSuchName(zone)

    const composition = this.#compose(answer, question, zone, kind, mostAnswers(question, transport))
    // Consul adds the authority to an empty answer for a service, and not for a node.
    const empty = answer.shape === 'service' && composition.answers.length === 0
    return {
      rcode: RCODE.NOERROR,
      authoritative: true,
      ...composition,
      authorities: empty ? [this.#authority(zone)] : [],
      source: answer,
    }
  }

  #compose(answer: DnsAnswer, question: Question, zone: Zone, kind: NameKind, most: number): Composition {
    const settings = this.#settings
    const decided = answer.shape === 'node' ? settings.nodeTtlSeconds : settings.serviceTtl(serviceOf(kind.labels))
    const occasion = {
      owner: question.owner,
      type: question.type,
      zone,
      ttlSeconds: answer.ttlSeconds ?? decided,
      settings,
      mostAnswers: most,
    }
    return answer.shape === 'node'
      ? composeNode(answer, occasion)
      : composeService(answer, occasion, this.#setup.random)
  }

  #encodedAddress(question: Question, zone: Zone, { labels }: NameKind): Outcome {
    const { owner, type } = question
    const composition = encodedAddress(owner.toLowerCase(), labels, type, this.#settings.nodeTtlSeconds)
    return composition ? { rcode: RCODE.NOERROR, authoritative: true, ...composition } : this.#noSuchName(zone)
  }

  async #nameServers(question: Question, zone: Zone) {
    const servers = await this.#ask(this.#question(question, 'service', ['consul']))
    return nameServers(zone, servers, this.#settings, this.#setup.random)
  }

  #ask(question: DnsQuestion): Promise<DnsAnswer | undefined> {
    if (!this.#setup.mayAnswer()) throw new StaleServerError()
    return this.#setup.lookup.ask(question)
  }

  #question({ type }: Question, kind: string, labels: readonly string[], datacenter?: string): DnsQuestion {
    return {
      labels,
      kind,
      datacenter: datacenter ?? this.#setup.datacenter,
      type: Packet.typeName(type),
      onlyPassing: this.#settings.onlyPassing,
    }
  }

  #noSuchName(zone: Zone): Outcome {
    return { rcode: RCODE.NXDOMAIN, authoritative: true, authorities: [this.#authority(zone)] }
  }

  #authority(zone: Zone): DnsRecord {
    return authorityRecord(zone, this.#settings, this.#setup.clock.wallMs())
  }

  #encode(question: Question, outcome: Outcome, transport: Transport, message: Buffer): Buffer {
    const { rcode, authoritative = false, recursionAvailable = false, source } = outcome
    const { answers = [], authorities = [], additionals = [] } = outcome
    const edns = question.edns && !outcome.withoutEdns ? ednsRecord(question.edns, source?.local ?? false) : undefined
    const whole: OutgoingMessage = {
      question,
      rcode,
      authoritative,
      recursionAvailable,
      truncated: false,
      answers,
      authorities,
      additionals,
      edns,
    }
    const fitted = fitMessage(whole, transport, this.#settings)
    const packet = encodeMessage(fitted, this.#settings.compress)
    if (transport === 'udp' && source && mayKeep(message, question)) this.#keep(message, packet, fitted, source)
    return packet
  }

  /** Keeps answers of one host, which never vary, and lists of addresses, which vary only in which and in what order. */
  #keep(message: Buffer, packet: Buffer, fitted: OutgoingMessage, source: DnsAnswer): void {
    const { question, answers, authorities, additionals } = fitted
    const { isCurrent } = source
    if (!isCurrent || source.local) return
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
