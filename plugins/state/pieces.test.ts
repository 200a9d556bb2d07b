import { expect, test } from 'vitest'
import { Guard } from '../../src/kernel/guard.ts'
import { createHooks } from '../../src/kernel/hooks.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import type { Struct } from '../../src/wire/schema.ts'
import { struct, text } from '../../src/wire/schema.ts'
import { ChunkExtension, Chunks } from './chunks.ts'
import { cut, pieceBytesMax } from './pieces.ts'
import { HookedState } from './replicated-state.ts'

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    TestLong: { Text: string }
  }
}

const Long: Struct<{ Text: string }> = struct('TestLong', { Text: text() })

function newState() {
  const done: string[] = []
  const guard = new Guard(() => undefined)
  guard.admit('test')
  const hooks = createHooks(guard)
  const state = new HookedState(hooks)
  state.defineCommand({ name: 'TestLong', type: 101, struct: Long, mayBeCut: true })
  hooks.apply.for('TestLong').tap('test', (tx, { Text }) => {
    done.push(`${tx.index}: ${Text[0]}`)
    return Text.length
  })
  const pieces = (letter: string, sizeBytes: number) =>
    state.pieces('TestLong', state.encode('TestLong', { Text: letter.repeat(sizeBytes) }), seededRandom(sizeBytes))
  return { state, done, pieces }
}

test('what fits into one entry stays whole', () => {
  expect(cut(Buffer.alloc(pieceBytesMax), seededRandom(1))).toBeUndefined()
})

test('what does not is cut into full pieces and a rest, which say which they are', () => {
  const data = Buffer.alloc(2 * pieceBytesMax + 1, 'x')
  const pieces = cut(data, seededRandom(1))!
  expect(pieces.map((piece) => piece.data.length)).toEqual([pieceBytesMax, pieceBytesMax, 1])
  const said = pieces.map(({ extensions }) => ChunkExtension.decode(extensions))
  expect(said).toMatchObject([0, 1, 2].map((sequence_num) => ({ sequence_num, num_chunks: 3 })))
  expect(new Set(said.map(({ op_num }) => String(op_num))).size).toBe(1)
})

test('the pieces make the whole again', () => {
  const data = Buffer.from(Array.from({ length: 3 * pieceBytesMax }, (_, at) => at % 251))
  const chunks = new Chunks()
  const joined = cut(data, seededRandom(7))!.map(({ data: piece, extensions }) => chunks.add(1, piece, extensions))
  expect(joined.slice(0, -1).every((each) => each === undefined)).toBe(true)
  expect(joined.at(-1)?.equals(data)).toBe(true)
})

test('two writes are told apart', () => {
  const random = seededRandom(1)
  const operation = () => ChunkExtension.decode(cut(Buffer.alloc(pieceBytesMax + 1), random)![0]!.extensions).op_num
  expect(operation()).not.toEqual(operation())
})

test('a command is carried out once, where its last piece stands', () => {
  const { state, done, pieces } = newState()
  const results = pieces('a', 600_000)!.map(({ data, extensions }, at) => state.apply(10 + at, 2, data, extensions))
  expect(results).toEqual([undefined, 600_000])
  expect(done).toEqual(['11: a'])
})

test('one that a change of leader broke off is never carried out, neither by halves nor with pieces of the next try', () => {
  const { state, done, pieces } = newState()
  const [first, last] = pieces('a', 600_000)!
  const again = pieces('b', 700_000)!
  expect(state.apply(10, 2, first!.data, first!.extensions)).toBeUndefined()
  // The leader of term 3 never saw the last piece, and its own write takes that place in the log.
  expect(again.map(({ data, extensions }, at) => state.apply(11 + at, 3, data, extensions))).toEqual([
    undefined,
    700_000,
  ])
  expect(state.apply(13, 3, last!.data, last!.extensions)).toBeUndefined()
  expect(done).toEqual(['12: b'])
})

test('commands that Consul does not cut stay whole', () => {
  const { state } = newState()
  state.defineCommand({ name: 'TestGreet' as never, type: 102, struct: Long as never })
  expect(state.pieces('TestGreet' as never, Buffer.alloc(2 * pieceBytesMax), seededRandom(1))).toBeUndefined()
})
