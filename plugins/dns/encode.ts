import { type EcsOption, Packet, type Resource } from 'dns2'
import type { OutgoingMessage } from './message.ts'
import { PacketWriter } from './packet-writer.ts'
import type { Edns } from './question.ts'

/** Where the question begins. */
export const headerBytes = Packet.HEADER_SIZE

/** Pointers have 14 bits. */
const furthestPointer = 0x4000

/**
 * dns2 compresses the target of SRV records, which RFC 2782 forbids and Go's resolver refused to read for years. Its
 * codecs are looked up by type, so a better one takes the place; other names may point to the target.
 */
const codecs = Packet.Resource as unknown as Record<'SRV', { encode(record: Resource, writer: PacketWriter): void }>
codecs.SRV.encode = (record, writer) => {
  for (const value of [record.priority, record.weight, record.port]) writer.write(value ?? 0, 16)
  const labels = (record.target ?? '').split('.')
  for (const [at, label] of labels.entries()) {
    const suffix = labels.slice(at).join('.').toLowerCase()
    const offset = writer.byteLength()
    if (writer.names !== 'never' && offset < furthestPointer && !writer.names.has(suffix)) {
      writer.names.set(suffix, offset)
    }
    writer.write(label.length, 8)
    for (let i = 0; i < label.length; i++) writer.write(label.charCodeAt(i), 8)
  }
  writer.write(0, 8)
}

/** A response as octets. Names are compressed unless `compress` is false. */
export function encodeMessage(message: OutgoingMessage, compress: boolean): Buffer {
  const { question, answers, authorities, additionals, edns } = message
  const packet = new Packet()
  packet.header = new Packet.Header({
    id: question.id,
    qr: 1,
    aa: message.authoritative ? 1 : 0,
    tc: message.truncated ? 1 : 0,
    rd: question.rd ? 1 : 0,
    ra: message.recursionAvailable ? 1 : 0,
    opcode: question.opcode,
    rcode: message.rcode,
    ...{ cd: question.cd ? 1 : 0 },
  })
  // Plain objects: dns2's constructors take a type or class of 0 for a missing one.
  const asked = { name: question.owner, type: question.type, class: question.class }
  packet.questions = [asked as (typeof packet.questions)[number]]
  packet.answers = answers as Resource[]
  packet.authorities = authorities as Resource[]
  packet.additionals = (edns ? [...additionals, edns] : additionals) as Resource[]
  const octets = (packet as unknown as { toBuffer(writer: PacketWriter): Buffer }).toBuffer(new PacketWriter(compress))
  // As it was asked, also where a label has a dot in it.
  question.rawName.copy(octets, headerBytes)
  return octets
}

/**
 * The OPT record of a response: the client's own size, and its network when it named it, with the part of it that the
 * answer depends on (RFC 7871 §7.2.1): all of it when `local`, else none.
 */
export function ednsRecord({ udpSize, subnet }: Edns, local: boolean): Resource {
  const options: EcsOption[] = subnet ? [{ ...subnet, scopePrefixLength: local ? subnet.sourcePrefixLength : 0 }] : []
  const record = Packet.Resource.EDNS(options)
  // Not through an argument: dns2 takes a size of 0 for none.
  record.class = udpSize
  return record
}

/**
 * A response without a question, for a message whose question could not be read or is of a kind we do not know. Flags
 * are the message's own, as Consul sends them back, but for QR and AA; a format error also forgets the opcode.
 */
export function encodeRefusal(message: Buffer, rcode: number): Buffer {
  const octets = Buffer.alloc(headerBytes)
  message.copy(octets, 0, 0, 2)
  const opcode = rcode === Packet.RCODE.NOTIMP ? message[2]! & 0x78 : 0
  octets[2] = 0x80 | opcode | (message[2]! & 0x03)
  octets[3] = (message[3]! & 0xb0) | rcode
  return octets
}
