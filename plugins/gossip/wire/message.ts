import { assert } from '../../../src/kernel/assert.ts'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import type { Source, SwimMessage, Versions } from '../core/messages.ts'
import { addressFromBytes, addressToBytes } from '../serf/address-bytes.ts'
import { noBytes } from './record.ts'
import {
  accusationRecord,
  ackRecord,
  aliveRecord,
  indirectPingRecord,
  messageType,
  nackRecord,
  pingRecord,
} from './records.ts'

/** A message with its type byte, as it stands in a packet or, for a ping and its ack, in a stream. */
export function encodeMessage(message: SwimMessage): Buffer {
  switch (message.type) {
    case 'ping': {
      const { seqNo, node, source } = message
      return pingRecord.encode({ SeqNo: seqNo, Node: node, ...sourceFields(source) }, messageType.ping)
    }
    case 'indirectPing': {
      const { seqNo, node, nack, target, source } = message
      const Target = addressField(target.address)
      const row = { SeqNo: seqNo, Target, Port: target.port, Node: node, Nack: nack, ...sourceFields(source) }
      return indirectPingRecord.encode(row, messageType.indirectPing)
    }
    case 'ack':
      return ackRecord.encode({ SeqNo: message.seqNo, Payload: message.payload }, messageType.ack)
    case 'nack':
      return nackRecord.encode({ SeqNo: message.seqNo }, messageType.nack)
    case 'suspect':
    case 'dead': {
      const { incarnation, node, from } = message
      return accusationRecord.encode({ Incarnation: incarnation, Node: node, From: from }, messageType[message.type])
    }
    case 'alive': {
      const { incarnation, node, address, port, meta, vsn } = message
      const row = { Incarnation: incarnation, Node: node, Addr: addressField(address), Port: port, Meta: meta }
      return aliveRecord.encode({ ...row, Vsn: versionsField(vsn) }, messageType.alive)
    }
    case 'user':
      return Buffer.concat([userTypeByte, message.payload])
  }
}

const userTypeByte = Buffer.from([messageType.user])

/**
 * Reads one message that has no layers around it. What follows its record is ignored, as peers do. Undefined for a type that
 * is no message for a member.
 *
 * @throws MalformedMsgpackError
 */
export function decodeMessage(bytes: Buffer): SwimMessage | undefined {
  switch (bytes[0]) {
    case messageType.ping: {
      const row = pingRecord.decode(bytes, 1)
      return { type: 'ping', seqNo: row.SeqNo, node: row.Node, source: sourceOf(row) }
    }
    case messageType.indirectPing: {
      const row = indirectPingRecord.decode(bytes, 1)
      const target = { address: addressOf(row.Target), port: row.Port }
      return { type: 'indirectPing', seqNo: row.SeqNo, node: row.Node, target, nack: row.Nack, source: sourceOf(row) }
    }
    case messageType.ack: {
      const { SeqNo, Payload } = ackRecord.decode(bytes, 1)
      return { type: 'ack', seqNo: SeqNo, payload: Payload }
    }
    case messageType.nack:
      return { type: 'nack', seqNo: nackRecord.decode(bytes, 1).SeqNo }
    case messageType.suspect:
    case messageType.dead: {
      const { Incarnation, Node, From } = accusationRecord.decode(bytes, 1)
      const type = bytes[0] === messageType.dead ? 'dead' : 'suspect'
      return { type, incarnation: Incarnation, node: Node, from: From }
    }
    case messageType.alive: {
      const { Incarnation, Node, Addr, Port, Meta, Vsn } = aliveRecord.decode(bytes, 1)
      const vsn = versionsOf(Vsn)
      return {
        type: 'alive',
        incarnation: Incarnation,
        node: Node,
        address: addressOf(Addr),
        port: Port,
        meta: Meta,
        vsn,
      }
    }
    case messageType.user:
      return { type: 'user', payload: Buffer.from(bytes.subarray(1)) }
    default:
      return undefined
  }
}

interface SourceFields {
  readonly SourceAddr: Buffer
  readonly SourcePort: number
  readonly SourceNode: string
}

const noSource: SourceFields = { SourceAddr: noBytes, SourcePort: 0, SourceNode: '' }

function sourceFields(source: Source | undefined): SourceFields {
  if (source === undefined) return noSource
  return { SourceAddr: addressField(source.address), SourcePort: source.port, SourceNode: source.node }
}

/** Only a whole source says where the answer goes (§6.5). */
function sourceOf({ SourceAddr, SourcePort, SourceNode }: SourceFields): Source | undefined {
  const address = SourcePort === 0 ? undefined : addressFromBytes(SourceAddr)
  return address === undefined ? undefined : { address, port: SourcePort, node: SourceNode }
}

/** The bytes of an address of ours. */
export function addressField(address: string): Buffer {
  const bytes = addressToBytes(address)
  assert(bytes !== undefined, `"${address}" was to be sent as an IP address`)
  return bytes
}

function addressOf(bytes: Buffer): string {
  const address = addressFromBytes(bytes)
  if (address === undefined) throw new MalformedMsgpackError(`an address has ${bytes.length} bytes`, 0)
  return address
}

const noVersions: Versions = { pMin: 0, pMax: 0, pCur: 0, dMin: 0, dMax: 0, dCur: 0 }

/** Six versions; a list of another length becomes zeros, which nobody accepts (§5.1). */
export function versionsOf(bytes: Buffer): Versions {
  if (bytes.length !== 6) return noVersions
  const [pMin, pMax, pCur, dMin, dMax, dCur] = bytes as unknown as [number, number, number, number, number, number]
  return { pMin, pMax, pCur, dMin, dMax, dCur }
}

export function versionsField({ pMin, pMax, pCur, dMin, dMax, dCur }: Versions): Buffer {
  return Buffer.from([pMin, pMax, pCur, dMin, dMax, dCur])
}
