import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedMsgpackError } from './errors.ts'
import { MsgpackReader, msgpackDepthMax } from './msgpack-reader.ts'
import { type MsgpackWriter, writeMsgpack } from './msgpack-writer.ts'
import { bytes, byteText, float64, int, type Kind, list, map, message, opaque, text, uint64 } from './schema.ts'
import { RegisterRequest } from './structs/catalog.ts'
import { DirEntry } from './structs/kv.ts'

fc.configureGlobal({ seed: 8300, numRuns: 300 })

function hex(write: (writer: MsgpackWriter) => void): string {
  return writeMsgpack(write).toString('hex')
}

function reader(hex: string): MsgpackReader {
  return new MsgpackReader(Buffer.from(hex, 'hex'))
}

describe('integers take their shortest form', () => {
  test.for<[bigint, string]>([
    [0n, '00'],
    [127n, '7f'],
    [128n, 'cc80'],
    [255n, 'ccff'],
    [256n, 'cd0100'],
    [65535n, 'cdffff'],
    [65536n, 'ce00010000'],
    [4294967295n, 'ceffffffff'],
    [4294967296n, 'cf0000000100000000'],
    [9007199254740991n, 'cf001fffffffffffff'],
    [9007199254740992n, 'cf0020000000000000'],
    [18446744073709551615n, 'cfffffffffffffffff'],
    [-1n, 'ff'],
    [-32n, 'e0'],
    [-33n, 'd0df'],
    [-128n, 'd080'],
    [-129n, 'd1ff7f'],
    [-32769n, 'd2ffff7fff'],
    [-2147483649n, 'd3ffffffff7fffffff'],
    [-9223372036854775808n, 'd38000000000000000'],
  ])('%s', ([value, bytes]) => {
    expect(hex((writer) => writer.wideInteger(value))).toBe(bytes)
    const read = reader(bytes).integer()
    expect(BigInt(read)).toBe(value)
    expect(typeof read).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'bigint')
    if (typeof read === 'number') expect(hex((writer) => writer.integer(read))).toBe(bytes)
  })

  test('and a fraction is a bug of the caller', () => {
    expect(() => hex((writer) => writer.integer(1.5))).toThrow('1.5 was to be written as an integer')
  })
})

describe('lengths', () => {
  test.for([0, 31, 32, 255, 65535, 65536, 3_000_000])('text of %i bytes survives', (size) => {
    const value = 'x'.repeat(size)
    const encoded = message(text()).encode(value)
    expect(encoded.length).toBe(size + (size < 32 ? 1 : size < 65536 ? 3 : 5))
    expect(message(text()).decode(encoded)).toBe(value)
  })

  test.for([0, 15, 16, 65535, 65536])('a list of %i survives', (count) => {
    const type = message(list(int()))
    const value = Array.from({ length: count }, (_, i) => i)
    expect(type.decode(type.encode(value))).toEqual(value)
  })
})

test('text with any characters survives, a lone surrogate becomes U+FFFD', () => {
  const type = message(text())
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(type.decode(type.encode(value))).toBe(value.toWellFormed())
    }),
  )
})

test('a binary string keeps every byte', () => {
  const type = message(byteText())
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
  expect(type.encode(all)).toEqual(Buffer.concat([Buffer.from('da0100', 'hex'), Buffer.from(all, 'latin1')]))
  expect(type.decode(type.encode(all))).toBe(all)
})

describe('what other writers send is understood', () => {
  test('str8 for text, bin for bytes only', () => {
    expect(reader('d90161').text()).toBe('a')
    expect(reader('c40161').blob()?.toString()).toBe('a')
    expect(() => reader('c40161').text()).toThrow(MalformedMsgpackError)
  })

  test('integers for booleans and floats', () => {
    expect([reader('01').bool(), reader('00').bool()]).toEqual([true, false])
    expect(message(float64()).decode(Buffer.from('05', 'hex'))).toBe(5)
    expect(message(float64()).decode(Buffer.from('ca3f000000', 'hex'))).toBe(0.5)
  })

  test('fields in any order, unknown and missing ones', () => {
    // {Key: "k", Extra: [1, {a: nil}], Flags: 7, CreateIndex: nil}
    const encoded = Buffer.from('84a34b6579a16ba54578747261920181a161c0a5466c61677307ab437265617465496e646578c0', 'hex')
    expect(DirEntry.decode(encoded)).toEqual({ ...DirEntry.zero(), Key: 'k', Flags: 7 })
  })

  test('a nil struct is the zero value', () => {
    expect(RegisterRequest.decode(Buffer.from([0xc0]))).toEqual(RegisterRequest.zero())
  })

  test('no bytes are nil', () => {
    expect(message(bytes()).decode(Buffer.from([0xa0]))).toBeNull()
  })

  test('integers of opaque values leave in the form they came in', () => {
    const type = message(opaque())
    const encoded = Buffer.from('83a16105a162cb4014000000000000a163d1ff00', 'hex')
    expect(type.decode(encoded)).toEqual({ a: 5n, b: 5, c: -256n })
    expect(type.encode(type.decode(encoded))).toEqual(encoded)
  })
})

describe('malformed input is refused', () => {
  test.for<[string, string, Kind<unknown>, problem?: string]>([
    ['nothing at all', '', text()],
    ['text that ends early', 'a561', text()],
    ['a length that no message has', 'dbffffffff', text(), 'a string is longer than the message'],
    ['a list longer than the message', 'ddffffffff00', list(int()), 'at byte 5: a collection is longer'],
    ['a map longer than the message', 'df7fffffff', map(int()), 'at byte 5: a collection is longer'],
    ['text in place of a number', 'a161', int()],
    ['a list in place of a struct', '90', DirEntry],
    ['a map in place of text', '80', text()],
    ['a negative counter', 'ff', uint64()],
    ['a struct key that is no string', '8105', DirEntry],
    ['something behind the message', '0000', int()],
    ['an unassigned type byte', 'c1', opaque()],
    ['a value too deep to skip', `81a178${'91'.repeat(msgpackDepthMax)}00`, DirEntry],
    ['an opaque value too deep', `${'91'.repeat(msgpackDepthMax + 1)}00`, opaque()],
  ])('%s', ([, encoded, kind, problem = '']) => {
    const decode = () => message(kind).decode(Buffer.from(encoded, 'hex'))
    expect(decode).toThrow(MalformedMsgpackError)
    expect(decode).toThrow(problem)
  })

  test('and the error says where', () => {
    expect(() => message(list(int())).decode(Buffer.from('920161', 'hex'))).not.toThrow()
    expect(() => message(list(int())).decode(Buffer.from('9201a161', 'hex'))).toThrow(
      'Malformed msgpack at byte 2: expected an integer',
    )
  })

  test('a message cut short anywhere', () => {
    const whole = RegisterRequest.encode(RegisterRequest.zero())
    for (let size = 0; size < whole.length; size++) {
      expect(() => RegisterRequest.decode(whole.subarray(0, size))).toThrow(MalformedMsgpackError)
    }
  })

  test('random bytes and damaged messages either decode or fail as malformed', () => {
    const whole = RegisterRequest.encode(
      RegisterRequest.fromJson({ Node: 'n', Service: { Service: 's', Proxy: { Config: { a: [1, { b: null }] } } } }),
    )
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const damaged = damage.map((changes) => {
      const copy = Buffer.from(whole)
      for (const [at, byte] of changes) copy[at] = byte
      return copy
    })
    const random = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
    fc.assert(
      fc.property(fc.oneof(random, damaged), (input) => {
        for (const type of [RegisterRequest, message(opaque())] as const) {
          try {
            type.decode(input)
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedMsgpackError)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test('a reader skips exactly one value of any kind', () => {
  const type = message(opaque())
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(127), (value, next) => {
      const encoded = type.encode(type.fromJson(value))
      const both = new MsgpackReader(Buffer.concat([encoded, Buffer.from([next])]))
      both.skip()
      expect(both.integer()).toBe(next)
    }),
  )
})

test('writing may nest', () => {
  const outer = writeMsgpack((writer) => {
    writer.listHeader(2)
    writer.blob(writeMsgpack((inner) => inner.text('in')))
    writer.text('out')
  })
  expect(outer.toString('hex')).toBe('92a3a2696ea36f7574')
})

test('a write that throws leaves nothing behind for the next', () => {
  expect(() =>
    writeMsgpack((writer) => {
      writer.text('half')
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(hex((writer) => writer.nil())).toBe('c0')
})
