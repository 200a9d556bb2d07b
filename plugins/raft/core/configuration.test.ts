import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import vectors from '../raft-vectors.json' with { type: 'json' }
import { decodeConfiguration, encodeConfiguration } from './configuration.ts'

const suffrages = ['voter', 'nonvoter', 'staging'] as const

test.for(['raft/Configuration-3-voters', 'raft/Configuration-with-nonvoter'])(
  '%s decodes to what Consul meant and encodes to the same bytes',
  (name) => {
    const vector = vectors.find((each) => each.name === name)!
    const bytes = Buffer.from(vector.bytes_hex, 'hex')
    const { Servers } = vector.decoded as unknown as { Servers: { ID: string; Address: string; Suffrage: 0 | 1 | 2 }[] }
    const expected = Servers.map(({ ID, Address, Suffrage }) => ({
      id: ID,
      address: Address,
      suffrage: suffrages[Suffrage],
    }))
    expect(decodeConfiguration(bytes)).toEqual(expected)
    expect(encodeConfiguration(expected)).toEqual(bytes)
  },
)

test('what was encoded decodes to the same', () => {
  const server = fc.record({
    id: fc.string(),
    address: fc.string({ maxLength: 300 }),
    suffrage: fc.constantFrom(...suffrages),
  })
  fc.assert(
    fc.property(fc.array(server, { maxLength: 40 }), (servers) => {
      expect(decodeConfiguration(encodeConfiguration(servers))).toEqual(
        servers.map((each) => ({ ...each, id: utf8(each.id), address: utf8(each.address) })),
      )
    }),
    { numRuns: 200 },
  )
})

test('any other bytes are refused with an error of ours', () => {
  const whole = Buffer.from(vectors.find((each) => each.name === 'raft/Configuration-3-voters')!.bytes_hex, 'hex')
  for (let end = 0; end < whole.length; end++) {
    expect(() => decodeConfiguration(whole.subarray(0, end))).toThrow(ProconsulError)
  }
  expect(() => decodeConfiguration(Buffer.concat([whole, Buffer.of(0)]))).toThrow('something follows it')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeConfiguration(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(ProconsulError)
      }
    }),
    { numRuns: 1000 },
  )
})

/** Lone surrogates have no UTF-8. */
function utf8(text: string): string {
  return Buffer.from(text).toString()
}
