import { Packet } from 'dns2'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Random } from '../../src/kernel/random.ts'
import { type Composition, composeNode, composePointer, composeService, isNodeType } from './answer.ts'
import { authorityRecord, nameServers } from './authority.ts'
import type { DnsAnswer, DnsQuestion } from './contract.ts'
import { encodedAddress } from './encoded-address.ts'
import { StaleServerError } from './errors.ts'
import type { ZoneLookup } from './lookup.ts'
import { type NameKind, readName, serviceOf } from './name.ts'
import type { Question, Transport } from './question.ts'
import type { DnsRecord } from './records.ts'
import type { DnsSettings } from './settings.ts'
import { mostAnswers } from './truncate.ts'
import type { Zone } from './zone.ts'

const { RCODE, TYPE } = Packet

export interface ResolverSetup {
  readonly lookup: ZoneLookup
  /** This agent's own datacenter. */
  readonly datacenter: string
  /** False while this server may not answer from what it knows. */
  readonly mayAnswer: () => boolean
  readonly clock: Clock
  readonly random: Random
}

/** What a question is answered with, before flags, EDNS and cutting. */
export interface Outcome {
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

/** Finds out what a question is to be answered with. Knows no octets. */
export class Resolver {
  readonly #setup: ResolverSetup
  #settings: DnsSettings

  constructor(setup: ResolverSetup, settings: DnsSettings) {
    this.#setup = setup
    this.#settings = settings
  }

  /** From now on questions are answered by these settings. */
  reconfigure(settings: DnsSettings): void {
    this.#settings = settings
  }

  /** Rejects with what a zone throws, or when none may be asked. */
  async resolve(question: Question, transport: Transport, client?: string): Promise<Outcome> {
    const { zones } = this.#settings
    const isSrv = question.type === TYPE.SRV
    const asked = readName(question.labels, isSrv, zones, (label) => this.#setup.lookup.knows(label))
    switch (asked.place) {
      case 'elsewhere':
        return { rcode: RCODE.REFUSED, withoutEdns: true }
      case 'reverse':
        return this.#reverse(question, asked.address)
      case 'zone':
        return this.#inZone(question, asked.zone, asked.kind, transport, client)
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

  async #inZone(
    question: Question,
    zone: Zone,
    kind: NameKind | undefined,
    transport: Transport,
    client: string | undefined,
  ): Promise<Outcome> {
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
    return this.#named(question, zone, kind, transport, client)
  }

  async #named(
    question: Question,
    zone: Zone,
    kind: NameKind,
    transport: Transport,
    client: string | undefined,
  ): Promise<Outcome> {
    const { word, labels, suffix } = kind
    if (labels.length === 0 || suffix.length > 1) return this.#noSuchName(zone)
    if (word === 'node' && !isNodeType(question.type)) return { rcode: RCODE.NOERROR, authoritative: true }
    const asked = this.#question(question, word, labels, suffix[0])
    const answer = await this.#ask({ ...asked, client: question.edns?.subnet?.ip ?? client })
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
    const decided =
      answer.shape === 'node' ? settings.nodeTtlSeconds : settings.serviceTtl(answer.service ?? serviceOf(kind.labels))
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
}
