import { expect, test } from 'vitest'
import { ChunkExtension, Chunks } from './chunks.ts'

const op = 13605263285223145589n

function extension(sequence_num: number, num_chunks: number, op_num: number | bigint = op): Buffer {
  return ChunkExtension.encode({ op_num, sequence_num, num_chunks })
}

const piece = (text: string) => Buffer.from(text)

test('what a log entry says of its piece reads and writes as Consul has it', () => {
  for (const [hex, value] of [
    ['08f5808fbbfcdbe6e7bc011802', { op_num: op, sequence_num: 0, num_chunks: 2 }],
    ['08f5808fbbfcdbe6e7bc0110011802', { op_num: op, sequence_num: 1, num_chunks: 2 }],
    ['084d10011803', { op_num: 77, sequence_num: 1, num_chunks: 3 }],
  ] as const) {
    expect(ChunkExtension.decode(Buffer.from(hex, 'hex'))).toEqual(value)
    expect(ChunkExtension.encode(value).toString('hex')).toBe(hex)
  }
})

test('a write is whole with its last piece, in whatever order they come', () => {
  const chunks = new Chunks()
  expect(chunks.add(3, piece('c'), extension(2, 3))).toBeUndefined()
  expect(chunks.add(3, piece('a'), extension(0, 3))).toBeUndefined()
  expect(chunks.add(3, piece('x'), extension(0, 2, 5))).toBeUndefined()
  expect(chunks.add(3, piece('b'), extension(1, 3))?.toString()).toBe('abc')
  expect(chunks.add(3, piece('y'), extension(1, 2, 5))?.toString()).toBe('xy')
})

test('a write of one piece is whole at once', () => {
  expect(new Chunks().add(1, piece('a'), extension(0, 1))?.toString()).toBe('a')
})

test('a new leader ends what the one before began', () => {
  const chunks = new Chunks()
  chunks.add(3, piece('a'), extension(0, 2))
  expect(chunks.add(4, piece('b'), extension(1, 2))).toBeUndefined()
  expect(chunks.add(4, piece('a'), extension(0, 2))?.toString()).toBe('ab')
})

test('pieces that wait survive a snapshot, also one that is taken while more come', () => {
  const chunks = new Chunks()
  chunks.add(3, piece('a'), extension(0, 3))
  chunks.add(3, piece('z'), extension(0, 2, 7))
  const record = chunks.record()
  chunks.add(3, piece('b'), extension(1, 3))
  const restored = Chunks.restore([...record][0]!)
  expect(restored.add(3, piece('c'), extension(2, 3))).toBeUndefined()
  expect(restored.add(3, piece('b'), extension(1, 3))?.toString()).toBe('abc')
  expect(chunks.add(3, piece('c'), extension(2, 3))?.toString()).toBe('abc')
  expect([...restored.record()][0]).toEqual([...chunks.record()][0])
})

test('nothing waiting is a record too, as in Consul', () => {
  expect([...new Chunks().record()][0]!.toString('hex')).toBe('81a84368756e6b4d617080')
})

test('a piece that cannot be stops the server', () => {
  expect(() => new Chunks().add(1, piece('a'), extension(2, 2))).toThrow('piece 2 of 2')
  expect(() => new Chunks().add(1, piece('a'), extension(0, 0))).toThrow('piece 0 of 0')
})
