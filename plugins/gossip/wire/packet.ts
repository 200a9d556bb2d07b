import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { SwimMessage } from '../core/messages.ts'
import { seal, unseal } from '../encryption/seal.ts'
import { addChecksum, checkSum } from './checksum.ts'
import { decodeCompound, encodeCompound } from './compound.ts'
import { compress, decompress } from './compress.ts'
import { labelBytes, withoutLabel } from './label.ts'
import { type Layers, sendingKey } from './layers.ts'
import { decodeMessage } from './message.ts'
import { messageType } from './records.ts'

/** What one packet may hold after decompression: several times what any sender puts into one. */
const decompressedBytesMax = 256 * 1024
/** Compounds and compressions inside one another. Senders make two. */
const depthMax = 8
/** A packet with more messages that cannot be read is not worth reading on. */
const malformedMax = 8

/** Why packets, or messages of them, were dropped, and how often. */
export interface PacketDrops {
  /** Packets without a byte. */
  empty: number
  wrongLabel: number
  /** None of our keys fits, or it is not encrypted at all. */
  undecryptable: number
  wrongChecksum: number
  /** Messages and wrappers that are not what their type byte says, compounds cut short. */
  malformed: number
  /** Messages of a type that does not belong into a packet, or not into the layer where it was found. */
  unknownType: number
}

export function noDrops(): PacketDrops {
  return { empty: 0, wrongLabel: 0, undecryptable: 0, wrongChecksum: 0, malformed: 0, unknownType: 0 }
}

/**
 * One packet of whole messages (protocol/gossip.md §3.1), at most 255 of them. `crc` puts the checksum envelope around
 * them, for receivers that are known to understand it.
 */
export function encodePacket(parts: readonly Buffer[], crc: boolean, layers: Layers): Buffer {
  let packet = parts.length === 1 ? parts[0]! : encodeCompound(parts)
  if (layers.compress) {
    const smaller = compress(packet)
    if (smaller.length < packet.length) packet = smaller
  }
  if (crc) packet = addChecksum(packet)
  const key = sendingKey(layers)
  if (key !== undefined) packet = seal(packet, key, layers.nonce(), labelBytes(layers.label))
  return layers.label.length === 0 ? packet : Buffer.concat([layers.label, packet])
}

/**
 * The messages of a packet, in order. What cannot be read is left out and counted in `drops`; nothing is thrown, whatever the
 * bytes are. Messages share no memory with the packet.
 */
export function decodePacket(packet: Buffer, layers: Layers, drops: PacketDrops): SwimMessage[] {
  const messages: SwimMessage[] = []
  const plain = openPacket(packet, layers, drops)
  if (plain !== undefined) unwrap(plain, { messages, drops, budgetBytes: decompressedBytesMax, malformed: 0 }, 0)
  return messages
}

/** The bytes inside label, encryption and checksum. */
function openPacket(packet: Buffer, layers: Layers, drops: PacketDrops): Buffer | undefined {
  if (packet.length === 0) return dropped(drops, 'empty')
  const inner = withoutLabel(packet, layers.label)
  if (inner === undefined) return dropped(drops, 'wrongLabel')
  const { keys } = layers.keys
  const opened = keys.length === 0 ? inner : unseal(inner, keys, labelBytes(layers.label))
  if (opened === undefined && layers.verifyIncoming) return dropped(drops, 'undecryptable')
  return checkSum(opened ?? inner) ?? dropped(drops, 'wrongChecksum')
}

function dropped(drops: PacketDrops, reason: keyof PacketDrops): undefined {
  drops[reason]++
  return undefined
}

interface Unwrapping {
  readonly messages: SwimMessage[]
  readonly drops: PacketDrops
  /** Bytes that may still come of decompression. */
  budgetBytes: number
  malformed: number
}

function unwrap(bytes: Buffer, state: Unwrapping, depth: number): void {
  if (state.malformed >= malformedMax) return
  const { drops } = state
  try {
    if (bytes.length === 0 || depth > depthMax) malformed(state)
    else if (bytes[0] === messageType.compound) {
      const { parts, missing } = decodeCompound(bytes)
      for (const part of parts) unwrap(part, state, depth + 1)
      if (missing > 0) malformed(state)
    } else if (bytes[0] === messageType.compress) {
      const plain = decompress(bytes, state.budgetBytes)
      state.budgetBytes -= plain.length
      unwrap(plain, state, depth + 1)
    } else {
      const message = decodeMessage(bytes)
      if (message === undefined) drops.unknownType++
      else state.messages.push(message)
    }
  } catch (error) {
    if (!(error instanceof ProconsulError)) throw error
    malformed(state)
  }
}

function malformed(state: Unwrapping): void {
  state.malformed++
  state.drops.malformed++
}
