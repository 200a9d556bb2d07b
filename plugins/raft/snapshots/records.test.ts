import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import { splitRecords } from './records.ts'

async function* cut(stream: Buffer, sizes: readonly number[]): AsyncIterable<Buffer> {
  let at = 0
  for (let turn = 0; at < stream.length; turn++) {
    const end = at + (sizes[turn % sizes.length] ?? 1)
    yield stream.subarray(at, end)
    at = end
  }
}

async function collect(stream: Buffer, sizes: readonly number[] = [7]): Promise<string[]> {
  const records: string[] = []
  for await (const record of splitRecords(cut(stream, sizes))) records.push(record.toString('hex'))
  return records
}

/** One of every kind of msgpack value that a record may hold, in hex. */
const values = [
  '00',
  'e0',
  'c0',
  'c3',
  'a3616263',
  '82a16101a162c0',
  '92c2a0',
  'c403010203',
  'c50001ff',
  'c60000000101',
  'c70105ff',
  'ca00000000',
  'cb0000000000000000',
  'cc80',
  'cd8000',
  'ce80000000',
  'cf8000000000000000',
  'd080',
  'd18000',
  'd280000000',
  'd38000000000000000',
  'd401ff',
  'd502ffff',
  'd8010000000000000000000000000000000000'.slice(0, 36),
  'd903616263',
  'da0003616263',
  'db00000003616263',
  'dc0002c0c0',
  'dd0000000190',
  'de0001a161a162',
  'df000000018080',
]

describe('the stream of a snapshot', () => {
  test('is cut into the same records wherever the network cut it', async () => {
    const records = ['81a94c617374496e64657805', ...values.map((value) => `02${value}`)]
    const stream = Buffer.from(records.join(''), 'hex')
    for (const sizes of [[1], [2, 3], [1000], [64, 1]]) expect(await collect(stream, sizes)).toEqual(records)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), async (sizes) => {
        expect(await collect(stream, sizes)).toEqual(records)
      }),
      { numRuns: 50 },
    )
  })

  test('may hold records larger than a chunk', async () => {
    const large = Buffer.concat([Buffer.from('02db00100000', 'hex'), Buffer.alloc(0x100000, 'x')])
    const stream = Buffer.concat([Buffer.of(0x80), large, Buffer.from('02c0', 'hex')])
    expect((await collect(stream, [65_536])).map((record) => record.length)).toEqual([2, large.length * 2, 4])
  })

  test('is refused when it ends within a record', async () => {
    await expect(collect(Buffer.from('8002a5616263', 'hex'))).rejects.toThrow('it ends within a record')
  })

  test('is refused when it is nested without end', async () => {
    await expect(collect(Buffer.alloc(500, 0x91))).rejects.toThrow('nested too deeply')
  })

  test('of any bytes ends in records or in an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        try {
          const records = await collect(Buffer.from(bytes))
          expect(records.join('')).toBe(Buffer.from(bytes).toString('hex'))
        } catch (error) {
          expect(error).toBeInstanceOf(ProconsulError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
