import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { MsgpackWriter } from '../../../src/wire/msgpack-writer.ts'
import { encodeFilters } from './filters.ts'
import { lTimeMax } from './lamport.ts'
import type { SerfMessage } from './messages.ts'
import { ConflictResponseRecord, KeyRequestRecord, KeyResponseRecord, serfType } from './records.ts'
import {
  decodeCoordinate,
  decodeMessage,
  decodeRecord,
  decodeState,
  encodeCoordinate,
  encodeMessage,
  encodeRecord,
  encodeState,
  messageSizeMax,
} from './wire.ts'

interface Vector {
  readonly name: string
  readonly bytes_hex: string
  readonly decoded: {
    readonly plain_hex?: string
    readonly header?: { readonly UserStateLen: number }
    readonly messages?: readonly VectorMessage[]
    readonly user_state?: { readonly serf_type?: number; readonly fields?: Fields }
  }
}
interface VectorMessage {
  readonly name: string
  readonly serf_type?: number
  readonly fields?: Fields
  readonly header?: Fields
  readonly inner?: { readonly fields: Fields }
  readonly message_hex?: string
}
// biome-ignore lint/suspicious/noExplicitAny: recorded JSON of many shapes
type Fields = Record<string, any>

const vectors = JSON.parse(readFileSync(new URL('../gossip-vectors.json', import.meta.url), 'utf8')) as Vector[]

/** Serf's messages of all vectors, without memberlist's type byte. */
const messages = vectors.flatMap(({ name, bytes_hex, decoded }) =>
  (decoded.messages ?? [])
    .filter((message) => message.serf_type !== undefined)
    .map((message) => {
      const hex = message.message_hex ?? decoded.plain_hex ?? bytes_hex.replace(/^0c.{8}/, '')
      expect(hex.slice(0, 2)).toBe('08')
      return { name, message, bytes: Buffer.from(hex.slice(2), 'hex') }
    }),
)
const states = vectors
  .filter(({ decoded }) => decoded.user_state?.serf_type === serfType.pushPull)
  .map(({ name, bytes_hex, decoded }) => {
    const stream = Buffer.from(decoded.plain_hex ?? bytes_hex, 'hex')
    return { name, fields: decoded.user_state!.fields!, bytes: stream.subarray(-decoded.header!.UserStateLen) }
  })
const vectorNamed = (name: string) => messages.find((vector) => vector.name === name)!.bytes
const bytesOf = (field: { hex: string } | null) => Buffer.from(field?.hex ?? '', 'hex')

/** What a decoded message says, in the words of the vectors. */
function recorded(message: SerfMessage): Fields {
  switch (message.type) {
    case 'leave':
      return { LTime: message.lTime, Node: message.node, Prune: message.prune }
    case 'join':
      return { LTime: message.lTime, Node: message.node }
    case 'userEvent':
      return { LTime: message.lTime, Name: message.name, Payload: message.payload, CC: message.coalesce }
    case 'query':
      return {
        LTime: message.lTime,
        ID: message.id,
        Addr: Buffer.from(message.origin!.address.split('.').map(Number)),
        Port: message.origin!.port,
        SourceNode: message.originName,
        Filters: message.filters,
        Flags: Number(message.wantsAck) + 2 * Number(!message.rebroadcast),
        RelayFactor: message.relayFactor,
        Timeout: message.timeoutMs * 1e6,
        Name: message.name,
        Payload: message.payload,
      }
    case 'response':
      return {
        LTime: message.lTime,
        ID: message.id,
        From: message.from,
        Flags: Number(message.isAck),
        Payload: message.payload,
      }
    case 'relay':
      return { address: message.to.address, port: message.to.port, name: message.toName }
  }
}

describe('the vectors', () => {
  test('there are messages of every type and states of every program', () => {
    expect(messages.length).toBeGreaterThanOrEqual(38)
    expect(new Set(messages.map(({ message }) => message.serf_type))).toEqual(new Set([0, 1, 3, 4, 5, 9]))
    expect(states.length).toBeGreaterThanOrEqual(15)
  })

  test.for(messages)('$name is read as recorded', ({ message, bytes }) => {
    const decoded = decodeMessage(bytes)!
    if (decoded.type === 'relay') {
      expect(recorded(decoded)).toEqual({ address: '127.0.0.21', port: 17_946, name: message.header!.DestName })
      expect(recorded(decodeMessage(decoded.message)!)).toEqual({
        ...message.inner!.fields,
        Payload: bytesOf(message.inner!.fields.Payload),
      })
      return
    }
    const { Payload, Addr, Filters, ...plain } = message.fields!
    const binary: Fields = {}
    if (Payload !== undefined) binary.Payload = bytesOf(Payload)
    if (Addr !== undefined) binary.Addr = bytesOf(Addr)
    if (Filters !== undefined) binary.Filters = (Filters ?? []).map(bytesOf)
    expect(recorded(decoded)).toEqual({ ...plain, ...binary })
  })

  test.for(messages.filter(({ name }) => name !== 'new-serf-query'))('$name is written as recorded', ({ bytes }) => {
    expect(encodeMessage(decodeMessage(bytes)!).toString('hex')).toBe(bytes.toString('hex'))
  })

  test('of the newer line only the form of the timeout differs', () => {
    const bytes = vectorNamed('new-serf-query')
    expect(encodeMessage(decodeMessage(bytes)!).toString('hex')).toBe(
      bytes.toString('hex').replace('d300000000bebc2000', 'cebebc2000'),
    )
  })

  test.for(states)('the state of $name is read as recorded', ({ fields, bytes }) => {
    const state = decodeState(bytes)!
    expect(state).toEqual({
      lTime: fields.LTime,
      eventLTime: fields.EventLTime,
      queryLTime: fields.QueryLTime,
      statusLTimes: new Map(Object.entries(fields.StatusLTimes)),
      leftMembers: fields.LeftMembers,
      events: Object.values(fields.Events.non_nil_entries as Fields).map((slot) => ({
        lTime: slot.LTime,
        events: slot.Events.map((event: Fields) => ({ name: event.Name, payload: bytesOf(event.Payload) })),
      })),
    })
  })

  test.for(states)('the state of $name is written as recorded', ({ bytes }) => {
    const state = decodeState(bytes)!
    const events = Array.from({ length: 512 }, (_, i) => state.events.find((slot) => slot && slot.lTime % 512 === i))
    expect(encodeState({ ...state, events }).toString('hex')).toBe(bytes.toString('hex'))
  })

  test.for(['udp-ack-coordinate', 'consul-ack-coordinate'])('the coordinate of %s survives', (name) => {
    const fields = vectors.find((vector) => vector.name === name)!.decoded.messages![0]!.fields!
    const payload = bytesOf(fields.Payload)
    const coordinate = decodeCoordinate(payload)!
    const { Vec, Error: error, Adjustment, Height } = fields.Payload.coordinate
    expect(coordinate).toEqual({ vec: Vec, error, adjustment: Adjustment, height: Height })
    expect(encodeCoordinate(coordinate).toString('hex')).toBe(payload.toString('hex'))
  })

  const payloads = messages.flatMap(({ name, message }) => {
    const { Payload: payload } = message.fields ?? {}
    return payload?.serf_type === undefined ? [] : [{ name, payload }]
  })
  const inner = {
    [serfType.conflictResponse]: ConflictResponseRecord,
    [serfType.keyRequest]: KeyRequestRecord,
    [serfType.keyResponse]: KeyResponseRecord,
  }

  test.for(payloads)('the payload of $name survives', ({ name, payload }) => {
    const record = inner[payload.serf_type as keyof typeof inner] as typeof KeyResponseRecord
    const bytes = bytesOf(payload)
    const value = decodeRecord(payload.serf_type, record, bytes)!
    const emptyKeyAsSent =
      name.includes('list') && payload.serf_type === serfType.keyRequest ? { Key: Buffer.alloc(0) } : value
    expect(encodeRecord(payload.serf_type, record, emptyKeyAsSent as typeof value).toString('hex')).toBe(payload.hex)
    const { Addr, Key, ...plain } = (payload.fields ?? {}) as Fields
    expect(value ?? {}).toMatchObject(plain)
  })

  test('the filters of a query are written as recorded', () => {
    const query = decodeMessage(vectorNamed('serf-query-filters-ack'))
    expect(query?.type === 'query' && query.filters).toEqual(
      encodeFilters({ nodes: ['agent-a', 'peer-2'], tags: { role: '.*' } }),
    )
  })
})

describe('a message from outside', () => {
  const written = (write: (writer: MsgpackWriter) => void) => {
    const writer = new MsgpackWriter()
    write(writer)
    return writer.take()
  }

  test('may carry text as bin, names of fields too, unknown fields, bytes as a list, and something behind it', () => {
    const bytes = written((writer) => {
      writer.byte(serfType.userEvent)
      writer.mapHeader(5)
      writer.raw(Buffer.from([0xc4, 4, ...Buffer.from('Name'), 0xc4, 2, ...Buffer.from('hi')]))
      writer.text('Payload')
      writer.listHeader(2)
      writer.integer(1)
      writer.integer(255)
      writer.text('Later')
      writer.mapHeader(0)
      writer.text('LTime')
      writer.raw(Buffer.from([0xd3, 0, 0, 0, 0, 0, 0, 0, 9]))
      writer.text('CC')
      writer.byte(1)
      writer.raw(Buffer.from('rest'))
    })
    expect(decodeMessage(bytes)).toEqual({
      type: 'userEvent',
      name: 'hi',
      payload: Buffer.from([1, 255]),
      lTime: 9,
      coalesce: true,
    })
  })

  test.for(['7fffffffffffffff', '8000000000000000'])(
    'may give all time there is, or less than none (%s)',
    (timeout) => {
      const hex = vectorNamed('new-serf-query').toString('hex').replace('00000000bebc2000', timeout)
      const query = decodeMessage(Buffer.from(hex, 'hex'))!
      expect(query.type === 'query' && Math.abs(query.timeoutMs)).toBe(1e9)
      expect(decodeMessage(encodeMessage(query))).toEqual(query)
    },
  )

  test('of an unknown type, or empty, is none', () => {
    expect(decodeMessage(Buffer.from([42, 0x80]))).toBeUndefined()
    expect(decodeMessage(Buffer.alloc(0))).toBeUndefined()
    expect(decodeState(Buffer.from([3, 0x80]))).toBeUndefined()
  })

  test('with missing fields is read with zeros', () => {
    expect(decodeMessage(Buffer.from([serfType.leave, 0x80]))).toEqual({
      type: 'leave',
      lTime: 0,
      node: '',
      prune: false,
    })
  })

  test.for([
    ['a logical time out of reach', { type: 'join', lTime: lTimeMax + 1, node: 'a' }],
    [
      'more than a datagram',
      { type: 'userEvent', lTime: 1, name: 'x', payload: Buffer.alloc(messageSizeMax), coalesce: false },
    ],
  ] as const)('with %s is refused', ([, message]) => {
    expect(() => decodeMessage(encodeMessage(message))).toThrow(MalformedMsgpackError)
  })

  test('whose relayed part goes nowhere is refused', () => {
    const relay = { type: 'relay', to: { address: 'nowhere', port: 1 }, toName: '', message: Buffer.from([1]) } as const
    expect(() => decodeMessage(encodeMessage(relay))).toThrow(MalformedMsgpackError)
  })

  test('cannot make a state of more events than are real', () => {
    const state = written((writer) => {
      writer.byte(serfType.pushPull)
      writer.mapHeader(1)
      writer.text('Events')
      writer.listHeader(100_000)
      for (let i = 0; i < 100_000; i++) writer.mapHeader(0)
    })
    expect(() => decodeState(state)).toThrow('too many events')
  })

  test('cannot make a state of more members than any pool has', () => {
    const count = (1 << 20) + 1
    const state = (field: string, head: number, each: readonly number[]) => {
      const size = Buffer.alloc(4)
      size.writeUInt32BE(count)
      const entries = Buffer.alloc(count * each.length, Buffer.from(each))
      const name = [0xa0 | field.length, ...Buffer.from(field)]
      return Buffer.concat([Buffer.from([serfType.pushPull, 0x81, ...name, head]), size, entries])
    }
    expect(() => decodeState(state('StatusLTimes', 0xdf, [0xa0, 0]))).toThrow('too many members')
    expect(() => decodeState(state('LeftMembers', 0xdd, [0xa0]))).toThrow('a list is too long')
  })

  test('of more events at one time than are real is read without the rest', () => {
    const event = { name: 'x', payload: Buffer.alloc(0) }
    const held = { lTime: 1, events: Array<typeof event>(300).fill(event) }
    const state = {
      lTime: 0,
      eventLTime: 0,
      queryLTime: 0,
      statusLTimes: new Map(),
      leftMembers: ['a'],
      events: [held],
    }
    const decoded = decodeState(encodeState(state))!
    expect(decoded.events[0]!.events).toHaveLength(256)
    expect(decoded.leftMembers).toEqual(['a'])
  })

  test('made of a recorded one with flipped, cut or added bytes is read or refused, never worse', () => {
    const seeds = [...messages.map(({ bytes }) => bytes), ...states.map(({ bytes }) => bytes)]
    const mutation = fc.record({
      seed: fc.nat(seeds.length - 1),
      flips: fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }),
      cut: fc.option(fc.nat(1000)),
      added: fc.uint8Array({ maxLength: 12 }),
    })
    fc.assert(
      fc.property(mutation, ({ seed, flips, cut, added }) => {
        const bytes = Buffer.concat([seeds[seed]!.subarray(0, cut ?? undefined), added])
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value
        try {
          const message = decodeMessage(bytes)
          if (message) expect(decodeMessage(encodeMessage(message))).toEqual(message)
          const state = decodeState(bytes)
          if (state) expect(decodeState(encodeState(state))).toEqual(state)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMsgpackError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
