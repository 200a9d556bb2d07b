import type { Server } from '../contract.ts'
import { ConfigurationFormatError } from '../errors.ts'

/**
 * Membership as the log carries it: msgpack {Servers:[{Suffrage, ID, Address}]} (protocol/servers.md §10). The bytes are the
 * same as Consul's, so either can read the other's entries.
 */

const suffrages = ['voter', 'nonvoter', 'staging'] as const
/** More servers than any cluster has; a longer list is taken for garbage before it costs memory. */
const serversMax = 1000

export function encodeConfiguration(servers: readonly Server[]): Buffer {
  if (servers.length > serversMax) throw new ConfigurationFormatError(`${servers.length} servers are too many`)
  const parts: Buffer[] = [Buffer.from([0x81]), text('Servers'), listHeader(servers.length)]
  for (const { id, address, suffrage } of servers) {
    parts.push(Buffer.from([0x83]), text('Address'), text(address), text('ID'), text(id))
    parts.push(text('Suffrage'), Buffer.from([suffrages.indexOf(suffrage)]))
  }
  return Buffer.concat(parts)
}

/** @throws ConfigurationFormatError when the bytes are anything else, cut short or longer than the value. */
export function decodeConfiguration(bytes: Uint8Array): Server[] {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const servers: Server[] = []
  reader.fields((key) => {
    if (key !== 'Servers') return reader.skip()
    reader.items(() => servers.push(readServer(reader)))
  })
  reader.end()
  return servers
}

/** The voters of a membership, by id. */
export function votersOf(servers: readonly Server[]): string[] {
  return servers.filter((server) => server.suffrage === 'voter').map((server) => server.id)
}

function readServer(reader: Reader): Server {
  let id = ''
  let address = ''
  let suffrage: Server['suffrage'] | undefined = 'voter'
  reader.fields((key) => {
    if (key === 'ID') id = reader.text()
    else if (key === 'Address') address = reader.text()
    else if (key === 'Suffrage') suffrage = suffrages[reader.integer()]
    else reader.skip()
  })
  if (suffrage === undefined) throw new ConfigurationFormatError('unknown suffrage')
  return { id, address, suffrage }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  if (bytes.length < 32) return Buffer.concat([Buffer.from([0xa0 | bytes.length]), bytes])
  return Buffer.concat([Buffer.from([0xda, bytes.length >>> 8, bytes.length & 0xff]), bytes])
}

function listHeader(length: number): Buffer {
  return length < 16 ? Buffer.from([0x90 | length]) : Buffer.from([0xdc, length >>> 8, length & 0xff])
}

/** As much of msgpack as a membership needs, every length checked against what is there. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  fields(each: (key: string) => void): void {
    const first = this.#byte()
    if (first === 0xc0) return
    const length = first >= 0x80 && first <= 0x8f ? first & 0x0f : first === 0xde ? this.#unsigned(2) : undefined
    if (length === undefined) throw new ConfigurationFormatError('expected a map')
    for (let at = 0; at < length; at++) each(this.text())
  }

  items(each: () => void): void {
    const first = this.#byte()
    if (first === 0xc0) return
    const length = first >= 0x90 && first <= 0x9f ? first & 0x0f : first === 0xdc ? this.#unsigned(2) : undefined
    if (length === undefined || length > serversMax) throw new ConfigurationFormatError('expected a short list')
    for (let at = 0; at < length; at++) each()
  }

  text(): string {
    const first = this.#byte()
    if (first === 0xc0) return ''
    const length =
      first >= 0xa0 && first <= 0xbf
        ? first & 0x1f
        : first === 0xd9
          ? this.#unsigned(1)
          : first === 0xda
            ? this.#unsigned(2)
            : undefined
    if (length === undefined) throw new ConfigurationFormatError('expected a short text')
    this.#need(length)
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  integer(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    if (first === 0xcc || first === 0xd0) return this.#unsigned(1)
    if (first === 0xcd || first === 0xd1) return this.#unsigned(2)
    throw new ConfigurationFormatError('expected a small integer')
  }

  /** Steps over a scalar of a field this version does not know. */
  skip(): void {
    const first = this.#bytes[this.#at]
    if (first === undefined) throw new ConfigurationFormatError('it ends too early')
    if (first === 0xc2 || first === 0xc3 || first === 0xc0) this.#at++
    else if (first < 0x80 || (first >= 0xcc && first <= 0xd1)) this.integer()
    else this.text()
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new ConfigurationFormatError('something follows it')
  }

  #byte(): number {
    this.#need(1)
    return this.#bytes[this.#at++]!
  }

  #unsigned(width: number): number {
    this.#need(width)
    this.#at += width
    return this.#bytes.readUIntBE(this.#at - width, width)
  }

  #need(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new ConfigurationFormatError('it ends too early')
  }
}
