import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import { FrameReader } from './frame-reader.ts'

/** A connection whose quiet time is told instead of waited for. */
class QuietSocket extends PassThrough {
  /** After which quiet the connection ends now; 0 for never. */
  endsAfterMs = 0

  setTimeout(ms: number): this {
    this.endsAfterMs = ms
    return this
  }
}

function reader() {
  const socket = new QuietSocket()
  const budget = { leftBytes: 1000 }
  return { socket, budget, frames: new FrameReader(socket as unknown as Socket, budget) }
}

const packed = (text: string) => writeMsgpack((writer) => writer.text(text))

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a message that comes whole, and the wait for the next, set no timer', async () => {
  const { socket, frames } = reader()
  const set: number[] = []
  socket.setTimeout = (ms) => {
    set.push(ms)
    return socket
  }
  socket.write(Buffer.concat([Buffer.of(1), packed('whole')]))
  expect(await frames.byte()).toBe(1)
  expect(await frames.value()).toEqual(packed('whole'))
  frames.byte().catch(() => {})
  await turn()
  expect(set).toEqual([])
})

test('the rest of a message has ten seconds to come, and then the connection ends with the reason', async () => {
  const { socket, budget, frames } = reader()
  socket.write(packed('in two pieces').subarray(0, 4))
  const value = frames.value()
  await turn()
  expect(socket.endsAfterMs).toBe(10_000)
  socket.write(packed('in two pieces').subarray(4))
  expect(await value).toEqual(packed('in two pieces'))
  expect(socket.endsAfterMs).toBe(0)

  socket.write(packed('in two pieces').subarray(0, 4))
  const cut = frames.value()
  await turn()
  socket.emit('timeout')
  await expect(cut).rejects.toThrow('the rest of a message did not come in time')
  expect(budget.leftBytes).toBe(1000)
})

test('the bytes of a snapshot have ten seconds each time, but not while they are being stored', async () => {
  const { socket, frames } = reader()
  const pieces = frames.raw(6)[Symbol.asyncIterator]()
  const first = pieces.next()
  await turn()
  expect(socket.endsAfterMs).toBe(10_000)
  socket.write('abc')
  expect(String((await first).value)).toBe('abc')
  expect(socket.endsAfterMs).toBe(0)
  socket.write('def')
  expect(String((await pieces.next()).value)).toBe('def')
  expect((await pieces.next()).done).toBe(true)
  expect(socket.endsAfterMs).toBe(0)
})
