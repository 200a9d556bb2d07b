import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { ReplyHeader, RequestHeader } from '../../src/rpc/messages.ts'
import { writeMsgpack } from '../../src/wire/msgpack-writer.ts'
import { RpcServer } from './server.ts'

let port: Server
let rpc: RpcServer
let faults: unknown[]
const clients: Socket[] = []

beforeEach(async () => {
  faults = []
  rpc = new RpcServer(
    {
      // Answers each request with itself.
      answer: async (_method, body) => body,
      report: (error) => void faults.push(error),
    },
    systemClock,
  )
  port = createServer((socket) => {
    socket.once('readable', () => {
      if ((socket.read(1) as Buffer)[0] === 0) rpc.serveSingle(socket)
      else rpc.serveSession(socket)
    })
  })
  await new Promise<void>((resolve) => port.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  expect(faults).toEqual([])
  for (const client of clients.splice(0)) client.destroy()
  rpc.close()
  port.close()
})

async function open(firstByte: number): Promise<Socket> {
  const socket = connect((port.address() as { port: number }).port, '127.0.0.1')
  clients.push(socket)
  await once(socket, 'connect')
  socket.write(Buffer.of(firstByte))
  return socket
}

/** Everything the server sends, once it is `sizeBytes` or the connection is over. */
async function heard(socket: Socket, sizeBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const pieces: Buffer[] = []
  let sum = 0
  for await (const piece of socket as AsyncIterable<Buffer>) {
    pieces.push(piece)
    sum += piece.length
    if (sum >= sizeBytes) break
  }
  return Buffer.concat(pieces)
}

function call(Seq: number, body: Buffer): Buffer {
  return Buffer.concat([RequestHeader.encode({ Seq, ServiceMethod: 'Test.Echo' }), body])
}

function reply(Seq: number, body: Buffer): Buffer {
  return Buffer.concat([ReplyHeader.encode({ Error: '', Seq, ServiceMethod: 'Test.Echo' }), body])
}

describe('a connection that is one stream', () => {
  test('has its calls answered in turn, however early and large they come', async () => {
    const socket = await open(0)
    const bodies = [1, 2, 3, 4].map((size) => writeMsgpack((writer) => writer.text('x'.repeat(size * 200_000))))
    const expected = Buffer.concat(bodies.map((body, at) => reply(at, body)))
    socket.write(Buffer.concat(bodies.map((body, at) => call(at, body))))
    expect((await heard(socket, expected.length)).equals(expected)).toBe(true)
  })

  test('ends with its caller', async () => {
    const socket = await open(0)
    socket.end(call(1, Buffer.of(0x80)))
    await heard(socket)
    expect(socket.readableEnded).toBe(true)
  })

  test('of nonsense is closed', async () => {
    const socket = await open(0)
    socket.write(Buffer.alloc(100, 0xc1))
    await heard(socket).catch(() => {})
    expect(socket.destroyed || socket.readableEnded).toBe(true)
  })
})

describe('a connection that is a session', () => {
  test('carries many streams', async () => {
    const socket = await open(4)
    const frame = (type: number, flags: number, id: number, body: Buffer = Buffer.alloc(0)) => {
      const header = Buffer.from([0, type, 0, flags, 0, 0, 0, id, 0, 0, 0, 0])
      header.writeUInt32BE(body.length, 8)
      return Buffer.concat([header, body])
    }
    socket.write(frame(1, 1, 1))
    socket.write(frame(1, 1, 3))
    socket.write(frame(0, 0, 3, call(7, Buffer.of(0x80))))
    const accepted = Buffer.concat([frame(1, 2, 1), frame(1, 2, 3)])
    const expected = Buffer.concat([accepted, frame(0, 0, 3, reply(7, Buffer.of(0x80)))])
    expect((await heard(socket, expected.length)).toString('hex')).toBe(expected.toString('hex'))
    expect(rpc.connections).toBe(1)
  })

  test('of nonsense ends with a goodbye', async () => {
    const socket = await open(4)
    socket.write(Buffer.alloc(12, 0xff))
    expect((await heard(socket)).toString('hex')).toBe('000300000000000000000001')
  })
})
