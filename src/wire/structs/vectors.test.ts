import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandBody, decodeCommandType, encodeCommand } from '../command.ts'
import { formatGoTime, type GoTime } from '../go-time.ts'
import { MsgpackReader } from '../msgpack-reader.ts'
import { type Kind, list, type Message, map, message, text, time } from '../schema.ts'
import * as catalog from './catalog.ts'
import * as coordinate from './coordinate.ts'
import { IntentionRequest } from './intention.ts'
import * as kv from './kv.ts'
import * as operator from './operator.ts'
import * as query from './prepared-query.ts'
import {
  ChecksInStateRequest,
  DatacentersRequest,
  DCSpecificRequest,
  NodeSpecificRequest,
  ServiceSpecificRequest,
} from './query.ts'
import { ServiceConfigResponse } from './service-config.ts'
import * as session from './session.ts'
import * as txn from './txn.ts'

interface Vector {
  readonly name: string
  readonly bytes_hex: string
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the vector
  readonly decoded: any
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../../test/vectors/server-vectors.json', import.meta.url), 'utf8'),
)

/** Our rows and the vectors' notation, brought to a common form. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  if (typeof value === 'bigint') return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if ('unixSeconds' in value) return plainTime(value as GoTime)
  const members = Object.entries(value).map(([key, item]) => [key, plain(item)] as const)
  return Object.fromEntries(members.filter(([key, item]) => !(leftOut.has(key) && (item === '' || item === 0))))
}

/** Fields that are not sent when they are empty. */
const leftOut = new Set(['DefaultAddr', 'DefaultPort'])

function plainTime(value: GoTime): unknown {
  return { $time: formatGoTime({ ...value, offsetMinutes: null }), offset: value.offsetMinutes ?? 'utc' }
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON
function notation(value: any): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(notation)
  if ('$hex' in value && '$time' in value)
    return { $time: value.$time.replace(/(\.\d*?)0+Z$/, '$1Z'), offset: value.offset }
  if ('$hex' in value) return Buffer.from(value.$hex, 'hex').toString('latin1')
  if ('$int' in value) return BigInt(value.$int)
  if ('$f64' in value) return value.$f64
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, notation(item)]))
}

function check<T>(type: Message<T>, bytes: Buffer, decoded: unknown): void {
  const value = type.decode(bytes)
  expect(plain(value)).toEqual(notation(decoded))
  expect(type.encode(value).toString('hex')).toBe(bytes.toString('hex'))
}

describe('times', () => {
  test.for(vectors.filter(({ name }) => name.startsWith('msgpack/')))('$name', ({ bytes_hex, decoded }) => {
    check(message(time()), Buffer.from(bytes_hex, 'hex'), decoded)
  })
})

// biome-ignore lint/suspicious/noExplicitAny: a table over structs of many types
const commands: Record<string, Kind<any>> = {
  Register: catalog.RegisterRequest,
  Deregister: catalog.DeregisterRequest,
  KVS: kv.KVSRequest,
  Tombstone: kv.TombstoneRequest,
  Session: session.SessionRequest,
  CoordinateBatchUpdate: coordinate.CoordinateBatch,
  Txn: txn.TxnRequest,
  Intention: IntentionRequest,
  PreparedQuery: query.PreparedQueryRequest,
  Autopilot: operator.AutopilotSetConfigRequest,
}

describe('log commands', () => {
  const known = vectors.filter(({ name, decoded }) => name.startsWith('fsm/') && decoded.message_type_name in commands)

  test('every command has its vectors', () => {
    const covered = new Set(known.map(({ decoded }) => decoded.message_type_name))
    expect([...covered].sort()).toEqual(Object.keys(commands).sort())
  })

  test.for(known)('$name', ({ bytes_hex, decoded }) => {
    const bytes = Buffer.from(bytes_hex, 'hex')
    const kind = commands[decoded.message_type_name]!
    expect(decodeCommandType(bytes)).toEqual({ type: decoded.message_type, ignorable: decoded.ignore_unknown })
    check(message(kind), commandBody(bytes), decoded.body)
    const again = encodeCommand(bytes[0]!, kind, message(kind).decode(commandBody(bytes)))
    expect(again.toString('hex')).toBe(bytes_hex)
  })
})

test('what configuration says of a service travels within a raw string', () => {
  const { bytes_hex } = vectors.find(({ name }) => name === 'rpc/body-ServiceConfigResponse')!
  const config = ServiceConfigResponse.decode(Buffer.from(bytes_hex, 'hex'))
  expect(config).toMatchObject({ ProxyConfig: { protocol: 'http' }, Index: 6, KnownLeader: true })
  expect(ServiceConfigResponse.encode(config).toString('hex')).toBe(bytes_hex)
})

const texts = message(list(text()))

// biome-ignore lint/suspicious/noExplicitAny: a table over structs of many types
const bodies: Record<string, [request?: Message<any>, response?: Message<any>]> = {
  'Status.Peers': [DCSpecificRequest, texts],
  'Status.Leader': [DCSpecificRequest, message(text())],
  'Status.RaftStats': [undefined, operator.RaftStats],
  'Catalog.Register': [catalog.RegisterRequest],
  'Catalog.Deregister': [catalog.DeregisterRequest],
  'Catalog.ListDatacenters': [DatacentersRequest, texts],
  'Catalog.ListNodes': [DCSpecificRequest, catalog.IndexedNodes],
  'Catalog.ListServices': [DCSpecificRequest, catalog.IndexedServices],
  'Catalog.ServiceNodes': [ServiceSpecificRequest, catalog.IndexedServiceNodes],
  'Catalog.NodeServices': [NodeSpecificRequest, catalog.IndexedNodeServices],
  'Catalog.NodeServiceList': [NodeSpecificRequest, catalog.IndexedNodeServiceList],
  'Health.ServiceNodes': [ServiceSpecificRequest, catalog.IndexedCheckServiceNodes],
  'Health.NodeChecks': [NodeSpecificRequest, catalog.IndexedHealthChecks],
  'Health.ServiceChecks': [ServiceSpecificRequest, catalog.IndexedHealthChecks],
  'Health.ChecksInState': [ChecksInStateRequest, catalog.IndexedHealthChecks],
  'KVS.Apply': [kv.KVSRequest],
  'KVS.Get': [kv.KeyRequest, kv.IndexedDirEntries],
  'KVS.List': [kv.KeyRequest, kv.IndexedDirEntries],
  'KVS.ListKeys': [kv.KeyListRequest, kv.IndexedKeyList],
  'Session.Apply': [session.SessionRequest],
  'Session.Get': [session.SessionSpecificRequest, session.IndexedSessions],
  'Session.List': [session.SessionSpecificRequest, session.IndexedSessions],
  'Session.NodeSessions': [NodeSpecificRequest, session.IndexedSessions],
  'Session.Renew': [session.SessionSpecificRequest, session.IndexedSessions],
  'Txn.Apply': [txn.TxnRequest, txn.TxnResponse],
  'Txn.Read': [txn.TxnReadRequest, txn.TxnReadResponse],
  'Coordinate.Update': [coordinate.CoordinateUpdateRequest],
  'Coordinate.ListNodes': [DCSpecificRequest, coordinate.IndexedCoordinates],
  'Coordinate.Node': [NodeSpecificRequest, coordinate.IndexedCoordinates],
  'Coordinate.ListDatacenters': [undefined, message(list(coordinate.DatacenterMap))],
  'PreparedQuery.Apply': [query.PreparedQueryRequest],
  'PreparedQuery.Get': [query.PreparedQuerySpecificRequest, query.IndexedPreparedQueries],
  'PreparedQuery.List': [DCSpecificRequest, query.IndexedPreparedQueries],
  'PreparedQuery.Execute': [query.PreparedQueryExecuteRequest, query.PreparedQueryExecuteResponse],
  'PreparedQuery.Explain': [query.PreparedQueryExecuteRequest, query.PreparedQueryExplainResponse],
  'Internal.NodeInfo': [NodeSpecificRequest, catalog.IndexedNodeDump],
  'Operator.RaftGetConfiguration': [DCSpecificRequest, operator.RaftConfigurationResponse],
  'Operator.AutopilotGetConfiguration': [DCSpecificRequest, operator.AutopilotConfig],
  'Operator.ServerHealth': [DCSpecificRequest, operator.AutopilotHealthReply],
}

describe('RPC bodies', () => {
  const cases = vectors.flatMap(({ name, bytes_hex, decoded }) => {
    const [, method = '', , side] = /^rpc\/([A-Z]\w+\.\w+)(-.*)?\/(request|response)$/.exec(name) ?? []
    const type = bodies[method]?.[side === 'request' ? 0 : 1]
    return type === undefined ? [] : [{ name, type, bytes: Buffer.from(bytes_hex, 'hex'), decoded }]
  })

  test('every struct of the table has a vector', () => {
    const used = new Set(cases.map(({ type }) => type))
    for (const [method, types] of Object.entries(bodies)) {
      for (const type of types) expect(type === undefined || used.has(type), method).toBe(true)
    }
  })

  test.for(cases)('$name', ({ type, bytes, decoded }) => {
    const reader = new MsgpackReader(bytes)
    reader.skip() // the header
    check(type, bytes.subarray(reader.at), decoded.body)
  })
})

test('a map keeps the order it came in, so that a forwarded message is the same message', () => {
  const type = message(map(text()))
  const bytes = Buffer.from('82a162a0a161a0', 'hex')
  expect(type.encode(type.decode(bytes))).toEqual(bytes)
})
