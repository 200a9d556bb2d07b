import type { MsgpackReader } from '../../../src/wire/msgpack-reader.ts'
import { writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import type { Kind } from '../../../src/wire/schema/kind.ts'
import { SerfCoordinate } from '../../../src/wire/structs/coordinate.ts'
import { addressFromBytes, addressToBytes } from './address-bytes.ts'
import { type Coordinate, coordinateFromWire, coordinateToWire } from './coordinate.ts'
import { LenientReader } from './lenient-reader.ts'
import type { QueryMessage, RelayMessage, ResponseMessage, SerfMessage, SerfState } from './messages.ts'
import {
  JoinRecord,
  LeaveRecord,
  PushPullRecord,
  QueryRecord,
  RelayRecord,
  ResponseRecord,
  serfType,
  UserEventRecord,
} from './records.ts'

const ackFlag = 1
const noRebroadcastFlag = 2
const coordinateVersion = 1
const nothing = Buffer.alloc(0)

/** Nobody waits longer for answers: eleven days. Keeps what others send within what can be counted in nanoseconds. */
const timeoutMaxMs = 1e9

/** No more fits into a datagram, and serf sends its messages in nothing else (protocol/gossip.md §3.6). */
export const messageSizeMax = 65_536

/** A message as it stands behind memberlist's type byte: serf's own type byte and a record. */
export function encodeMessage(message: SerfMessage): Buffer {
  switch (message.type) {
    case 'leave':
      return encodeRecord(serfType.leave, LeaveRecord, {
        LTime: message.lTime,
        Node: message.node,
        Prune: message.prune,
      })
    case 'join':
      return encodeRecord(serfType.join, JoinRecord, { LTime: message.lTime, Node: message.node })
    case 'userEvent':
      return encodeRecord(serfType.userEvent, UserEventRecord, {
        LTime: message.lTime,
        Name: message.name,
        Payload: nilWhenEmpty(message.payload),
        CC: message.coalesce,
      })
    case 'query':
      return encodeRecord(serfType.query, QueryRecord, queryRecord(message))
    case 'response':
      return encodeRecord(serfType.response, ResponseRecord, {
        LTime: message.lTime,
        ID: message.id,
        From: message.from,
        Flags: message.isAck ? ackFlag : 0,
        Payload: nilWhenEmpty(message.payload),
      })
    case 'relay': {
      const { to, toName } = message
      const DestAddr = { IP: addressToBytes(to.address) ?? null, Port: to.port, Zone: '' }
      return Buffer.concat([encodeRecord(serfType.relay, RelayRecord, { DestAddr, DestName: toName }), message.message])
    }
  }
}

/**
 * The message of these bytes, which it may share; undefined for a type nobody knows. Throws MalformedMsgpackError for
 * what no member sends, a message of more than `messageSizeMax` bytes included.
 */
export function decodeMessage(bytes: Buffer): SerfMessage | undefined {
  const reader = new LenientReader(bytes, 1)
  if (bytes.length > messageSizeMax) reader.fail('the message is longer than any datagram')
  switch (bytes[0]) {
    case serfType.leave: {
      const { LTime, Node, Prune } = LeaveRecord.read(reader)
      return { type: 'leave', lTime: LTime, node: Node, prune: Prune }
    }
    case serfType.join: {
      const { LTime, Node } = JoinRecord.read(reader)
      return { type: 'join', lTime: LTime, node: Node }
    }
    case serfType.userEvent: {
      const { LTime, Name, Payload, CC } = UserEventRecord.read(reader)
      return { type: 'userEvent', lTime: LTime, name: Name, payload: Payload ?? nothing, coalesce: CC }
    }
    case serfType.query:
      return queryOf(reader)
    case serfType.response:
      return responseOf(reader)
    case serfType.relay:
      return relayOf(reader)
    default:
      return undefined
  }
}

/** A type byte and a record: a message, or the payload of an internal query. */
export function encodeRecord<T>(type: number, record: Kind<T>, value: T): Buffer {
  return writeMsgpack((writer) => {
    writer.byte(type)
    record.write(writer, value)
  })
}

/** The record behind `type`; undefined when another type byte stands there. Throws MalformedMsgpackError. */
export function decodeRecord<T>(type: number, record: Kind<T>, bytes: Buffer): T | undefined {
  return bytes[0] === type ? record.read(new LenientReader(bytes, 1)) : undefined
}

export function encodeState(state: SerfState): Buffer {
  return encodeRecord(serfType.pushPull, PushPullRecord, {
    LTime: state.lTime,
    StatusLTimes: state.statusLTimes,
    LeftMembers: state.leftMembers,
    EventLTime: state.eventLTime,
    Events: state.events.map(
      (slot) =>
        (slot && {
          LTime: slot.lTime,
          Events: slot.events.map(({ name, payload }) => ({ Name: name, Payload: nilWhenEmpty(payload) })),
        }) ||
        null,
    ),
    QueryLTime: state.queryLTime,
  })
}

/** The other side's part of a push/pull. Throws MalformedMsgpackError; undefined when it is not serf's. */
export function decodeState(bytes: Buffer): SerfState | undefined {
  const record = decodeRecord(serfType.pushPull, PushPullRecord, bytes)
  if (!record) return undefined
  return {
    lTime: record.LTime,
    eventLTime: record.EventLTime,
    queryLTime: record.QueryLTime,
    statusLTimes: record.StatusLTimes,
    leftMembers: record.LeftMembers ?? [],
    events: (record.Events ?? []).flatMap((slot) =>
      slot
        ? [
            {
              lTime: slot.LTime,
              events: (slot.Events ?? []).map((e) => ({ name: e.Name, payload: e.Payload ?? nothing })),
            },
          ]
        : [],
    ),
  }
}

/** What travels in the answer to a ping (protocol/gossip.md §10.2). */
export function encodeCoordinate(coordinate: Coordinate): Buffer {
  return encodeRecord(coordinateVersion, SerfCoordinate, coordinateToWire(coordinate))
}

/** Undefined for another version. Throws MalformedMsgpackError. Whether it can be used is for `isUsable` to say. */
export function decodeCoordinate(payload: Buffer): Coordinate | undefined {
  const wire = decodeRecord(coordinateVersion, SerfCoordinate, payload)
  return wire && coordinateFromWire(wire)
}

function nilWhenEmpty(bytes: Buffer): Buffer | null {
  return bytes.length === 0 ? null : bytes
}

function queryRecord(query: QueryMessage): Parameters<typeof QueryRecord.encode>[0] {
  return {
    LTime: query.lTime,
    ID: query.id,
    Addr: query.origin ? (addressToBytes(query.origin.address) ?? null) : null,
    Port: query.origin?.port ?? 0,
    SourceNode: query.originName,
    Filters: query.filters.length === 0 ? null : query.filters,
    Flags: (query.wantsAck ? ackFlag : 0) | (query.rebroadcast ? 0 : noRebroadcastFlag),
    RelayFactor: query.relayFactor,
    Timeout: Math.round(query.timeoutMs * 1e6),
    Name: query.name,
    Payload: nilWhenEmpty(query.payload),
  }
}

function queryOf(reader: MsgpackReader): QueryMessage {
  const record = QueryRecord.read(reader)
  return {
    type: 'query',
    lTime: record.LTime,
    id: record.ID,
    origin: endpointOf(record.Addr, record.Port),
    originName: record.SourceNode,
    filters: (record.Filters ?? []).map((filter) => filter ?? nothing),
    wantsAck: (record.Flags & ackFlag) !== 0,
    rebroadcast: (record.Flags & noRebroadcastFlag) === 0,
    relayFactor: record.RelayFactor,
    timeoutMs: Math.max(-timeoutMaxMs, Math.min(record.Timeout / 1e6, timeoutMaxMs)),
    name: record.Name,
    payload: record.Payload ?? nothing,
  }
}

function responseOf(reader: MsgpackReader): ResponseMessage {
  const { LTime, ID, From, Flags, Payload } = ResponseRecord.read(reader)
  return {
    type: 'response',
    lTime: LTime,
    id: ID,
    from: From,
    isAck: (Flags & ackFlag) !== 0,
    payload: Payload ?? nothing,
  }
}

function relayOf(reader: MsgpackReader): RelayMessage {
  const { DestAddr, DestName } = RelayRecord.read(reader)
  const to = endpointOf(DestAddr.IP, DestAddr.Port)
  if (!to) return reader.fail('a relayed message goes nowhere')
  return { type: 'relay', to, toName: DestName, message: reader.bytes.subarray(reader.at) }
}

function endpointOf(addressBytes: Buffer | null, port: number): { address: string; port: number } | undefined {
  const address = addressBytes ? addressFromBytes(addressBytes) : undefined
  return address !== undefined && port > 0 && port < 65_536 ? { address, port } : undefined
}
