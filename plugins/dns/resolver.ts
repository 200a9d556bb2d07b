import { Packet } from 'dns2'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Random } from '../../src/kernel/random.ts'
import { withAliases } from './aliases.ts'
import { composeNode, composePointer, composeService, isNodeType, type Occasion } from './answer.ts'
import { authorityRecord, nameServers } from './authority.ts'
import type { DnsAnswer, DnsQuestion } from './contract.ts'
import { encodedAddress } from './encoded-address.ts'
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
  /** False while the leader's word alone counts, as what this agent knows may be too old. */
  readonly isFresh: () => boolean
  /** Addresses of a host that is not ours. */
  readonly addresses: (name: string) => Promise<readonly DnsRecord[]>
  readonly clock: Clock
  readonly random: Random
}

/** What a question is answered with, before flags, EDNS and cutting. */
export interface Outcome {
  readonly rcode: number
  readonly authoritative?: boolean
  readonly recursionAvailable?: boolean
  /** True for what other servers may know: this here is the answer when none does. */
  readonly recurse?: boolean
  readonly answers?: readonly DnsRecord[]
  readonly authorities?: readonly DnsRecord[]
  readonly additionals?: readonly DnsRecord[]
  /** REFUSED comes from in front of the zones, where Consul does not look at EDNS. */
  readonly withoutEdns?: boolean
  /** What the zone said, when encoded packets may be kept as long as it is true. */
  readonly source?: DnsAnswer | undefined
}

/** Who asks, and how far aliases are followed for it. */
interface Asker {
  readonly transport: Transport
  readonly client: string | undefined
  readonly aliases: number
}

/** Aliases that lead from name to name of ours are followed this far. */
const mostAliases = 3

/** What a question is answered with that recursors have to know and none does. */
const failedRecursion: Outcome = { rcode: RCODE.SERVFAIL, recursionAvailable: true, recurse: true }

/** A question of our own: whatever there is of a name. */
const plainQuestion = {
  id: 0,
  opcode: 0,
  rd: false,
  cd: false,
  type: TYPE.ANY,
  class: Packet.CLASS.IN,
  rawName: Buffer.alloc(0),
  edns: undefined,
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
  async resolve(question: Question, transport: Transport, client?: string, aliases = mostAliases): Promise<Outcome> {
    const { zones, recursors } = this.#settings
    const isSrv = question.type === TYPE.SRV
    const asked = readName(question.labels, isSrv, zones, (label) => this.#setup.lookup.knows(label))
    switch (asked.place) {
      case 'elsewhere':
        return recursors.length > 0 ? failedRecursion : { rcode: RCODE.REFUSED, withoutEdns: true }
      case 'reverse':
        return this.#reverse(question, asked.address)
      case 'zone':
        return this.#inZone(question, asked.zone, asked.kind, { transport, client, aliases })
    }
  }

  /** What nobody here has a name for goes to a recursor: Consul without one fails, and says it would recurse. */
  async #reverse(question: Question, address: string | undefined): Promise<Outcome> {
    if (address === undefined) return failedRecursion
    const labels = question.labels.slice(0, -1)
    const answer = await this.#ask({ ...this.#question(question, 'arpa', labels), address })
    if (!answer) return failedRecursion
    const { answers } = composePointer(answer, question.owner, this.#settings.zones[0])
    return answers.length > 0 ? { rcode: RCODE.NOERROR, authoritative: true, answers } : failedRecursion
  }

  async #inZone(question: Question, zone: Zone, kind: NameKind | undefined, asker: Asker): Promise<Outcome> {
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
    return this.#named(question, zone, kind, asker)
  }

  async #named(question: Question, zone: Zone, kind: NameKind, asker: Asker): Promise<Outcome> {
    const { word, labels, suffix } = kind
    if (labels.length === 0 || suffix.length > 1) return this.#noSuchName(zone)
    if (word === 'node' && !isNodeType(question.type)) return { rcode: RCODE.NOERROR, authoritative: true }
    const asked = this.#question(question, word, labels, suffix[0])
    const answer = await this.#ask({ ...asked, client: question.edns?.subnet?.ip ?? asker.client })
    if (!answer?.exists) return this.#noSuchName(zone)

    const occasion = this.#occasion(answer, question, zone, kind, mostAnswers(question, asker.transport))
    const composed =
      answer.shape === 'node' ? composeNode(answer, occasion) : composeService(answer, occasion, this.#setup.random)
    const composition = await withAliases(composed, answer, occasion, question.edns !== undefined, (name) =>
      this.#follow(name, asker),
    )
    // Consul adds the authority to an empty answer for a service, and not for a node.
    const empty = answer.shape === 'service' && composition.answers.length === 0
    return {
      rcode: RCODE.NOERROR,
      authoritative: true,
      ...composition,
      authorities: empty ? [this.#authority(zone)] : [],
      // What others said of their hosts is not kept with what the zone says.
      source: composition === composed ? answer : { ...answer, isCurrent: () => false },
    }
  }

  /** Records of the host that an alias leads to: our own zones know those in them, recursors the others. */
  async #follow(name: string, { transport, client, aliases }: Asker): Promise<readonly DnsRecord[]> {
    const labels = name.split('.')
    const { zones } = this.#settings
    const asked = readName(labels, false, zones, (label) => this.#setup.lookup.knows(label))
    if (asked.place !== 'zone') return this.#setup.addresses(name)
    if (aliases === 0) return []
    const question: Question = { ...plainQuestion, owner: name, labels }
    return (await this.resolve(question, transport, client, aliases - 1)).answers ?? []
  }

  #occasion(answer: DnsAnswer, question: Question, zone: Zone, kind: NameKind, most: number): Occasion {
    const settings = this.#settings
    const decided =
      answer.shape === 'node' ? settings.nodeTtlSeconds : settings.serviceTtl(answer.service ?? serviceOf(kind.labels))
    return {
      owner: question.owner,
      type: question.type,
      zone,
      ttlSeconds: answer.ttlSeconds ?? decided,
      settings,
      mostAnswers: most,
    }
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
    return this.#setup.lookup.ask(question)
  }

  #question({ type }: Question, kind: string, labels: readonly string[], datacenter?: string): DnsQuestion {
    return {
      labels,
      kind,
      datacenter: datacenter ?? this.#setup.datacenter,
      type: Packet.typeName(type),
      consistency: this.#setup.isFresh() ? 'stale' : 'default',
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
