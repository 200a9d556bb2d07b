import { bytes, int, struct, text } from '../../src/wire/schema.ts'
import type { UserEvent } from './user-event.ts'

/** What events of users are called in gossip; other names are not ours. */
export const eventPrefix = 'consul:event:'
/** The newest form of the record that is known here. */
export const knownVersion = 1

/** The fields by their short names (protocol/gossip.md §11.4). */
const EventRecord = struct('EventRecord', {
  ID: text(),
  n: text(),
  nf: text(),
  p: bytes(),
  sf: text(),
  tf: text(),
  v: int(),
})

/**
 * An event as it travels in gossip. Unlike everything else in gossip it is written in today's msgpack, with forms of their
 * own for bytes and for text of 32 bytes and more. What is empty is left out.
 */
export function encodeEvent(event: UserEvent): Buffer {
  const fields: Buffer[] = []
  const add = (name: string, value: Buffer) => void fields.push(encodeText(name), value)
  add('ID', encodeText(event.ID))
  add('n', encodeText(event.Name))
  if (event.NodeFilter !== '') add('nf', encodeText(event.NodeFilter))
  if (event.Payload !== null && event.Payload.length > 0) add('p', encodeBytes(event.Payload))
  if (event.ServiceFilter !== '') add('sf', encodeText(event.ServiceFilter))
  if (event.TagFilter !== '') add('tf', encodeText(event.TagFilter))
  add('v', Buffer.of(event.Version))
  return Buffer.concat([Buffer.of(0x80 | (fields.length / 2)), ...fields])
}

/** Throws MalformedMsgpackError. */
export function decodeEvent(payload: Buffer, lTime: number): UserEvent {
  const { ID, n, nf, p, sf, tf, v } = EventRecord.decode(payload)
  // A copy: events are kept for long, and the bytes are a piece of a whole packet.
  const Payload = p && Buffer.from(p)
  return { ID, Name: n, Payload, NodeFilter: nf, ServiceFilter: sf, TagFilter: tf, Version: v, LTime: lTime }
}

function encodeText(text: string): Buffer {
  const octets = Buffer.from(text, 'utf8')
  const { length } = octets
  const head = length < 32 ? Buffer.of(0xa0 | length) : sized(length, 0xd9)
  return Buffer.concat([head, octets])
}

function encodeBytes(octets: Buffer): Buffer {
  return Buffer.concat([sized(octets.length, 0xc4), octets])
}

/** `short` is the first byte of the form with one byte of size; those with two and four come next. */
function sized(length: number, short: number): Buffer {
  if (length < 0x100) return Buffer.of(short, length)
  if (length < 0x10000) return Buffer.of(short + 1, length >> 8, length & 0xff)
  const head = Buffer.of(short + 2, 0, 0, 0, 0)
  head.writeUInt32BE(length, 1)
  return head
}
