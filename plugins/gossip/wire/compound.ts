import { messageType } from './records.ts'

/** The count of parts is one byte. */
export const compoundPartsMax = 255
const partBytesMax = 0xffff

/** What a compound adds to a packet, and to each of its parts. */
export const compoundOverheadBytes = 2
export const partOverheadBytes = 2

/** Several messages in one packet (protocol/gossip.md §3.3); at most 255, of at most 65,535 bytes each. */
export function encodeCompound(parts: readonly Buffer[]): Buffer {
  const header = Buffer.allocUnsafe(compoundOverheadBytes + partOverheadBytes * parts.length)
  header[0] = messageType.compound
  header[1] = parts.length
  parts.forEach((part, i) => {
    header.writeUInt16BE(part.length, compoundOverheadBytes + partOverheadBytes * i)
  })
  return Buffer.concat([header, ...parts])
}

/** Whether these parts can be one compound. */
export function fitsCompound(parts: readonly Buffer[]): boolean {
  return parts.length <= compoundPartsMax && parts.every((part) => part.length <= partBytesMax)
}

/** The parts of a compound, sharing its memory, and how many of them are missing because it was cut short. */
export function decodeCompound(bytes: Buffer): { readonly parts: readonly Buffer[]; readonly missing: number } {
  const count = bytes[1]
  if (count === undefined) return { parts: [], missing: 1 }
  const parts: Buffer[] = []
  let at = compoundOverheadBytes + partOverheadBytes * count
  for (let i = 0; i < count; i++) {
    const lengthAt = compoundOverheadBytes + partOverheadBytes * i
    if (lengthAt + partOverheadBytes > bytes.length) break
    const end = at + bytes.readUInt16BE(lengthAt)
    if (end > bytes.length) break
    parts.push(bytes.subarray(at, end))
    at = end
  }
  return { parts, missing: count - parts.length }
}
