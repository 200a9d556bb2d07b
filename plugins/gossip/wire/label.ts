import { assert } from '../../../src/kernel/assert.ts'
import { messageType } from './records.ts'

const headerBytes = 2
const labelBytesMax = 255

/** The clear text in front of a labelled packet or stream (protocol/gossip.md §3.5); nothing without a label. */
export function labelHeader(label: string): Buffer {
  const bytes = Buffer.from(label)
  assert(bytes.length <= labelBytesMax, `the label has more than ${labelBytesMax} bytes`)
  return bytes.length === 0 ? bytes : Buffer.concat([Buffer.from([messageType.hasLabel, bytes.length]), bytes])
}

/** What follows the header of our own label; undefined when the packet bears another, or one where we have none. */
export function withoutLabel(packet: Buffer, ownHeader: Buffer): Buffer | undefined {
  if (ownHeader.length === 0) return packet[0] === messageType.hasLabel ? undefined : packet
  const size = ownHeader.length
  if (packet.length < size || packet.compare(ownHeader, 0, size, 0, size) !== 0) return undefined
  return packet.subarray(size)
}

/** The label's own bytes, which encryption is bound to. */
export function labelBytes(header: Buffer): Buffer {
  return header.subarray(Math.min(headerBytes, header.length))
}
