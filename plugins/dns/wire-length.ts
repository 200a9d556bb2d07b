import { Packet } from 'dns2'
import { headerBytes } from './encode.ts'
import type { OutgoingMessage } from './message.ts'
import type { DnsRecord } from './records.ts'

const { TYPE } = Packet

/** Type, class, TTL and length of a record, which follow its name. */
const recordFixedBytes = 10

/** Names that begin further in a message cannot be pointed to. */
const furthestPointer = 0x4000

/** How long a message becomes, without encoding it: to find out how much of an answer fits. */
export function messageLength(message: OutgoingMessage, compress: boolean): number {
  const { question, answers, authorities, additionals, edns } = message
  const meter = new Meter(question.owner, compress)
  meter.skip(headerBytes)
  meter.name(question.owner)
  meter.skip(4)
  for (const record of answers) meter.record(record)
  for (const record of authorities) meter.record(record)
  for (const record of additionals) meter.record(record)
  if (edns) meter.skip(ednsLength(message))
  return meter.length
}

function ednsLength({ question }: OutgoingMessage): number {
  const subnet = question.edns?.subnet
  const fixed = 1 + recordFixedBytes
  return subnet ? fixed + 8 + Math.ceil(subnet.sourcePrefixLength / 8) : fixed
}

class Meter {
  length = 0
  readonly #owner: string
  readonly #names: Set<string> | undefined

  constructor(owner: string, compress: boolean) {
    this.#owner = owner
    this.#names = compress ? new Set() : undefined
  }

  skip(bytes: number): void {
    this.length += bytes
  }

  record(record: DnsRecord): void {
    if (record.name === this.#owner && this.#names && record.name !== '') this.length += 2
    else this.name(record.name)
    this.length += recordFixedBytes
    switch (record.type) {
      case TYPE.A:
        this.length += 4
        return
      case TYPE.AAAA:
        this.length += 16
        return
      case TYPE.NS:
        this.name(record.ns ?? '')
        return
      case TYPE.CNAME:
      case TYPE.PTR:
        this.name(record.domain ?? '')
        return
      case TYPE.SRV:
        this.length += 6
        this.#target(record.target ?? '')
        return
      case TYPE.TXT:
        for (const chunk of record.data ?? []) this.length += 1 + (chunk as string | Buffer).length
        return
      case TYPE.SOA:
        this.name(record.primary ?? '')
        this.name(record.admin ?? '')
        this.length += 20
        return
    }
  }

  /** A name that ends in a pointer as soon as the rest of it stood somewhere before. */
  name(name: string): void {
    if (!this.#names || name === '') {
      this.length += name === '' ? 1 : name.length + 2
      return
    }
    for (let rest = name.toLowerCase(); ; ) {
      if (this.#names.has(rest)) {
        this.length += 2
        return
      }
      if (this.length < furthestPointer) this.#names.add(rest)
      const dot = rest.indexOf('.')
      if (dot < 0) {
        this.length += rest.length + 2
        return
      }
      this.length += dot + 1
      rest = rest.slice(dot + 1)
    }
  }

  /** A name written out, to which others may point. */
  #target(name: string): void {
    const end = this.length + (name === '' ? 1 : name.length + 2)
    if (this.#names) {
      for (let rest = name.toLowerCase(), at = this.length; at < furthestPointer; ) {
        this.#names.add(rest)
        const dot = rest.indexOf('.')
        if (dot < 0) break
        at += dot + 1
        rest = rest.slice(dot + 1)
      }
    }
    this.length = end
  }
}
