import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MsgpackWriter } from '../../../src/wire/msgpack-writer.ts'
import type { SwimMessage } from '../core/messages.ts'
import { addressFromBytes } from '../serf/address-bytes.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import { messageType } from './records.ts'

/** A record written by hand: bytes go out as they are, other values as our writer has them. */
function raw(type: number, ...values: (number | string | Buffer)[]): Buffer {
  const writer = new MsgpackWriter()
  writer.byte(type)
  for (const value of values) {
    if (typeof value === 'string') writer.text(value)
    else if (typeof value === 'number') writer.byte(value)
    else writer.raw(value)
  }
  return writer.take()
}

const u32 = fc.integer({ min: 0, max: 0xffffffff })
const name = fc.string({ maxLength: 300, unit: 'grapheme' })
const blob = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes))
const byte = fc.integer({ min: 0, max: 255 })
const address = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map((bytes) => addressFromBytes(bytes)!)
const endpoint = fc.record({ address, port: fc.integer({ min: 0, max: 65_535 }) })
const source = fc.option(fc.record({ address, port: fc.integer({ min: 1, max: 65_535 }), node: name }), {
  nil: undefined,
})
const vsn = fc.record({ pMin: byte, pMax: byte, pCur: byte, dMin: byte, dMax: byte, dCur: byte })
const anyMessage: fc.Arbitrary<SwimMessage> = fc.oneof(
  fc.record({ type: fc.constant('ping' as const), seqNo: u32, node: name, source }),
  fc.record({
    type: fc.constant('indirectPing' as const),
    seqNo: u32,
    node: name,
    target: endpoint,
    nack: fc.boolean(),
    source,
  }),
  fc.record({ type: fc.constant('ack' as const), seqNo: u32, payload: blob }),
  fc.record({ type: fc.constant('nack' as const), seqNo: u32 }),
  fc.record({ type: fc.constantFrom('suspect' as const, 'dead' as const), incarnation: u32, node: name, from: name }),
  fc
    .tuple(fc.record({ incarnation: u32, node: name, meta: blob, vsn }), endpoint)
    .map(([fields, where]) => ({ type: 'alive' as const, ...fields, ...where })),
  fc.record({ type: fc.constant('user' as const), payload: blob }),
)

test('every message comes back as it was', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      expect(decodeMessage(encodeMessage(message))).toEqual(message)
    }),
    { numRuns: 500 },
  )
})

describe('a member writes what the oldest peers read:', () => {
  test('names of 32 to 255 bytes with a length of two bytes', () => {
    const node = 'n'.repeat(36)
    const bytes = encodeMessage({ type: 'suspect', incarnation: 1, node, from: 'a' })
    expect(bytes.includes(raw(0xda, 0x00, 0x24).subarray(0, 3))).toBe(true)
    expect(bytes.includes(0xd9)).toBe(false)
  })

  test('numbers as integers in their shortest form, no bytes as nil', () => {
    const ack = (seqNo: number) => encodeMessage({ type: 'ack', seqNo, payload: Buffer.alloc(0) })
    const before = raw(2, 0x82, 'Payload', 0xc0, 'SeqNo')
    expect(ack(127)).toEqual(Buffer.concat([before, Buffer.from([127])]))
    expect(ack(128)).toEqual(Buffer.concat([before, Buffer.from('cc80', 'hex')]))
    expect(ack(7004)).toEqual(Buffer.concat([before, Buffer.from('cd1b5c', 'hex')]))
    expect(ack(0xffffffff)).toEqual(Buffer.concat([before, Buffer.from('ceffffffff', 'hex')]))
  })
})

describe('a member reads', () => {
  test('fields that are missing, nil, unknown, in another order or there twice', () => {
    expect(decodeMessage(raw(3, 0x80))).toEqual({ type: 'suspect', incarnation: 0, node: '', from: '' })
    expect(decodeMessage(raw(3, 0xc0))).toEqual({ type: 'suspect', incarnation: 0, node: '', from: '' })
    const nested = Buffer.from([0x81, 0xa1, 0x78, 0x91, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0])
    const odd = raw(3, 0x86, 'Node', 'b', 'node', 'no', 'Extra', nested, 'Incarnation', 7, 'From', 0xc0, 'Node', 'c')
    expect(decodeMessage(odd)).toEqual({ type: 'suspect', incarnation: 7, node: 'c', from: '' })
  })

  test('names of fields as bin, which newer peers take', () => {
    const key = Buffer.from([0xc4, 5, ...Buffer.from('SeqNo')])
    expect(decodeMessage(raw(11, 0x81, key, 9))).toEqual({ type: 'nack', seqNo: 9 })
  })

  test.for([
    ['09'],
    ['cc09'],
    ['cd0009'],
    ['ce00000009'],
    ['cf0000000000000009'],
    ['d009'],
    ['d10009'],
    ['d200000009'],
    ['d30000000000000009'],
  ])('the integer 9 written as %s', ([written]) => {
    expect(decodeMessage(raw(11, 0x81, 'SeqNo', Buffer.from(written!, 'hex')))).toEqual({ type: 'nack', seqNo: 9 })
  })

  test.for([
    ['c3', true],
    ['c2', false],
    ['01', true],
    ['00', false],
    ['c0', false],
  ] as const)('the truth written as %s', ([written, nack]) => {
    const target = Buffer.from([0xa4, 10, 0, 0, 1])
    const message = decodeMessage(raw(1, 0x82, 'Target', target, 'Nack', Buffer.from(written, 'hex')))
    expect(message).toMatchObject({ type: 'indirectPing', nack, source: undefined })
  })

  test('a list in the order of the declaration, shorter or longer than that', () => {
    expect(decodeMessage(raw(5, 0x92, 4, 'b'))).toEqual({ type: 'dead', incarnation: 4, node: 'b', from: '' })
    expect(decodeMessage(raw(5, 0x94, 4, 'b', 'c', 'more'))).toMatchObject({ node: 'b', from: 'c' })
  })

  test('nothing behind the record', () => {
    expect(decodeMessage(raw(11, 0x81, 'SeqNo', 9, 0xc1, 0xff))).toEqual({ type: 'nack', seqNo: 9 })
  })

  test('a source only when it says where to', () => {
    const address = Buffer.from([0xa4, 10, 0, 0, 1])
    const port = Buffer.from([0xcd, 0x20, 0x6d])
    const read = (...fields: (number | string | Buffer)[]) =>
      (decodeMessage(raw(0, 0x80 + fields.length / 2, ...fields)) as { source?: unknown }).source
    expect(read('SourceAddr', address, 'SourcePort', port)).toEqual({ address: '10.0.0.1', port: 8301, node: '' })
    expect(read('SourceAddr', address, 'SourceNode', 'b')).toBeUndefined()
    expect(read('SourcePort', port, 'SourceNode', 'b')).toBeUndefined()
    expect(read('SourceAddr', raw(0xa3, 1, 2, 3), 'SourcePort', port)).toBeUndefined()
  })

  test.for([0, 1, 3, 5, 7, 12])('versions of %i bytes as zeros, which nobody accepts', (count) => {
    const address = Buffer.from([0xa4, 10, 0, 0, 1])
    const versions = Buffer.from([0xa0 + count, ...Array<number>(count).fill(5)])
    const zeros = { pMin: 0, pMax: 0, pCur: 0, dMin: 0, dMax: 0, dCur: 0 }
    expect(decodeMessage(raw(4, 0x82, 'Addr', address, 'Vsn', versions))).toMatchObject({ vsn: zeros })
  })

  test('bytes into memory of their own', () => {
    const bytes = raw(2, 0x81, 'Payload', Buffer.from([0xa2, 1, 2]))
    const message = decodeMessage(bytes) as { payload: Buffer }
    bytes.fill(0)
    expect(message.payload).toEqual(Buffer.from([1, 2]))
  })
})

describe('a member refuses', () => {
  test.for([
    ['a negative number', 'ff'],
    ['a negative number of 64 bits', 'd3ffffffffffffffff'],
    ['more than 32 bits', 'cf0000000100000000'],
    ['64 bits', 'cfffffffffffffffff'],
    ['a float', 'ca41100000'],
    ['a double', 'cb4022000000000000'],
    ['text', 'a139'],
    ['a list', '90'],
    ['a number cut short', 'cd00'],
  ] as const)('%s for a number', ([, written]) => {
    expect(() => decodeMessage(raw(11, 0x81, 'SeqNo', Buffer.from(written, 'hex')))).toThrow('Malformed msgpack')
  })

  test.for([[0], [3], [5], [15], [17]])('an address of %i bytes', ([count]) => {
    const address = Buffer.from([0xa0 + count!, ...Array<number>(count!).fill(1)])
    expect(() => decodeMessage(raw(4, 0x81, 'Addr', address))).toThrow(`an address has ${count} bytes`)
    expect(() => decodeMessage(raw(1, 0x81, 'Target', address))).toThrow(`an address has ${count} bytes`)
  })

  test('a port beyond 65,535 and numbers that are no bytes', () => {
    const port = Buffer.from('ce00010000', 'hex')
    expect(() => decodeMessage(raw(0, 0x81, 'SourcePort', port))).toThrow('expected an integer of the type u16')
    const listed = Buffer.from('91cd0100', 'hex')
    expect(() => decodeMessage(raw(2, 0x81, 'Payload', listed))).toThrow('expected a byte')
  })

  test.for([6, 7, 9, 10, 12, 13, 14, 99, 244])('type %i, which is no message for a member', (type) => {
    expect(decodeMessage(raw(type, 0x80))).toBeUndefined()
    expect(Object.values(messageType)).toContain(messageType.hasLabel)
  })

  test('a record that is none', () => {
    for (const bytes of ['03', '0383', '03a0', '03c1', '0381a4', '03df7fffffff', '039fa1']) {
      expect(() => decodeMessage(Buffer.from(bytes, 'hex')), bytes).toThrow('Malformed msgpack')
    }
  })
})
