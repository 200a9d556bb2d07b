import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MalformedProtobufError } from '../protobuf/reader.ts'
import { SubscribeEvent, SubscribeRequest } from './subscribe.ts'

interface Vector {
  readonly name: string
  readonly bytes_hex: string
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the vector
  readonly decoded: any
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../../test/vectors/grpc-vectors.json', import.meta.url), 'utf8'),
)
const messages = vectors.filter(({ name }) => /^grpc\/(Subscribe|Event)/.test(name))

/** What is left of a row without zeros, as the vectors show it, with indexes and other flat things in their messages. */
function sparse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sparse)
  if (typeof value !== 'object' || value === null) return value
  const row = Object.entries(value).flatMap(([key, item]) => {
    const empty = item === null || item === 0 || item === '' || item === false
    const nothing = typeof item === 'object' && item !== null && Object.keys(item).length === 0
    return empty || nothing ? [] : [[key, sparse(item)] as const]
  })
  return Object.fromEntries(row.filter(([, item]) => JSON.stringify(item) !== '{}'))
}

/** The vectors' notation without what our rows have flat. */
function flat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flat)
  if (typeof value !== 'object' || value === null) return value
  const { RaftIndex, EnterpriseMeta: _none, ...rest } = value as Record<string, object>
  return Object.fromEntries(Object.entries({ ...rest, ...RaftIndex }).map(([key, item]) => [key, flat(item)]))
}

test.each(messages)('$name reads as what it says and is written to the same bytes', ({ name, bytes_hex, decoded }) => {
  const codec = name.includes('Request') ? SubscribeRequest : SubscribeEvent
  const body = Buffer.from(bytes_hex, 'hex').subarray(5)
  const row = codec.decode(body)
  expect(sparse(row)).toEqual(sparse(flat(decoded.message)))
  expect(codec.encode(row as never).toString('hex')).toBe(body.toString('hex'))
})

test('there are vectors', () => expect(messages.length).toBeGreaterThanOrEqual(6))

test('bytes that are no message are refused, and nothing else happens', () => {
  const seeds = messages.map(({ bytes_hex }) => Buffer.from(bytes_hex, 'hex').subarray(5))
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(500), fc.nat(255)), { maxLength: 6 }))
    .map(([seed, changes]) => {
      const bytes = Buffer.from(seed)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 }).map(Buffer.from)), (bytes) => {
      try {
        SubscribeEvent.decode(bytes)
        SubscribeRequest.decode(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedProtobufError)
      }
    }),
    { numRuns: 3000 },
  )
})
