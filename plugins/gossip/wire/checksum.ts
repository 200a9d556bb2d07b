import { crc32 } from 'node:zlib'
import { messageType } from './records.ts'

const envelopeBytes = 5

/** Puts the CRC-32 envelope around a packet (protocol/gossip.md §3.2). */
export function addChecksum(rest: Buffer): Buffer {
  const envelope = Buffer.allocUnsafe(envelopeBytes + rest.length)
  envelope[0] = messageType.hasCrc
  envelope.writeUInt32BE(crc32(rest), 1)
  rest.copy(envelope, envelopeBytes)
  return envelope
}

/** Takes the envelope off, if there is one; undefined when the sum is another. */
export function checkSum(packet: Buffer): Buffer | undefined {
  if (packet[0] !== messageType.hasCrc || packet.length < envelopeBytes) return packet
  const rest = packet.subarray(envelopeBytes)
  return crc32(rest) === packet.readUInt32BE(1) ? rest : undefined
}
