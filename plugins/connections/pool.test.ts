import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/kernel/clock.ts'
import { CallLostError, RemoteError, UnreachableError } from '../../src/rpc/errors.ts'
import { ReplyHeader, RequestHeader } from '../../src/rpc/messages.ts'
import { statusLeader, statusPing } from '../../src/rpc/status-methods.ts'
import { ValueReader } from '../../src/rpc/value-reader.ts'
import { freePort } from '../../src/testing/free-ports.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import type { YamuxSession } from '../../src/wire/yamux/session.ts'
import { yamuxOn } from '../../src/wire/yamux/socket.ts'
import type { YamuxStream } from '../../src/wire/yamux/stream.ts'
import { ConnectionPool } from './pool.ts'

interface Asked {
  readonly method: string
  readonly body: Buffer
  readonly stream: YamuxStream
  reply(body: Buffer, error?: string): void
}

/** A server of calls that does with each what a test says. */
class FakeServer {
  readonly #server: Server
  readonly sockets: Socket[] = []
  readonly firstBytes: number[] = []
  readonly sessions: YamuxSession[] = []
  readonly asked: Asked[] = []
  readonly gone: YamuxStream[] = []
  /** Sessions that are over. */
  ended = 0
  answer: (asked: Asked) => void = (asked) => asked.reply(asked.body)
  #watchers: (() => void)[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      this.sockets.push(socket)
      socket.once('readable', () => {
        this.firstBytes.push(socket.read(1)[0])
        this.#serve(socket)
      })
    })
  }

  static async listen(): Promise<FakeServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new FakeServer(server)
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  /** Resolves once `condition` holds, looked at whenever something happens. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.sessions.push(
      yamuxOn(socket, {
        role: 'acceptor',
        clock: systemClock,
        accept: (stream) => this.#accept(stream),
        ended: () => {
          this.ended++
          this.#tell()
        },
      }),
    )
  }

  #accept(stream: YamuxStream) {
    const reader = new ValueReader(2 ** 20, { leftBytes: 2 ** 20 }, (sizeBytes) => stream.consumed(sizeBytes))
    let header: { Seq: number | bigint; ServiceMethod: string } | undefined
    const gone = () => {
      this.gone.push(stream)
      this.#tell()
    }
    return {
      data: (bytes: Buffer) => {
        reader.add(bytes)
        for (let value = reader.next(); value !== undefined; value = reader.next()) {
          if (header === undefined) {
            header = RequestHeader.decode(value)
            continue
          }
          const { Seq, ServiceMethod } = header
          header = undefined
          const reply = (body: Buffer, problem = '') =>
            stream.write(Buffer.concat([ReplyHeader.encode({ Error: problem, Seq, ServiceMethod }), body]))
          const asked = { method: ServiceMethod, body: value, stream, reply }
          this.asked.push(asked)
          this.answer(asked)
          this.#tell()
        }
      },
      ended: gone,
      failed: gone,
    }
  }

  #tell(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
  }
}

const opened: { close(): void }[] = []
afterEach(() => {
  for (const it of opened.splice(0)) it.close()
})

async function newServer(): Promise<FakeServer> {
  const server = await FakeServer.listen()
  opened.push(server)
  return server
}

function newPool(clock: Clock = systemClock, idleMs = 127_000): ConnectionPool {
  const pool = new ConnectionPool({ clock, localAddress: undefined, server: false, idleMs })
  opened.push(pool)
  return pool
}

const call = (address: string, body = Buffer.from([0x80]), signal?: AbortSignal) => ({
  address,
  method: 'Test.Echo',
  body,
  signal,
  timeoutMs: 60_000,
})

describe('calls to a server', () => {
  test('share one connection, and streams one after the other', async () => {
    const server = await newServer()
    const pool = newPool()
    for (let i = 0; i < 3; i++) expect((await pool.call(call(server.address))).toString('hex')).toBe('80')
    await Promise.all(Array.from({ length: 5 }, () => pool.call(call(server.address))))
    expect([server.firstBytes, pool.size]).toEqual([[4], 1])
    expect(new Set(server.asked.map(({ stream }) => stream.id)).size).toBe(5)
    expect(new Set(server.asked.slice(0, 3).map(({ stream }) => stream.id))).toEqual(new Set([1]))
  })

  test('carry messages larger than a window in both directions', async () => {
    const server = await newServer()
    const text = Buffer.alloc(900_000, 'x')
    const body = Buffer.concat([Buffer.from([0xdb, 0, 0x0d, 0xbb, 0xa0]), text])
    const reply = await newPool().call(call(server.address, body))
    expect(reply.equals(body)).toBe(true)
  })

  test('are typed questions, too', async () => {
    const server = await newServer()
    const pool = newPool()
    expect(await pool.ask(server.address, statusPing, {})).toEqual({})
    server.answer = ({ reply }) => reply(statusLeader.reply.encode('10.0.0.1:8300'))
    expect(await pool.ask(server.address, statusLeader, DCSpecificRequest.zero())).toBe('10.0.0.1:8300')
  })
})

describe('a call', () => {
  test('that is refused rejects with the server’s words, and its stream is not used again', async () => {
    const server = await newServer()
    const pool = newPool()
    server.answer = ({ reply }) => reply(Buffer.from([0x80]), 'Permission denied')
    const refused = pool.call(call(server.address))
    await expect(refused).rejects.toMatchObject({ status: 403, text: 'Permission denied' })
    await expect(refused).rejects.toThrow(RemoteError)
    await server.until(() => server.gone.length === 1)
    server.answer = ({ reply, body }) => reply(body)
    await pool.call(call(server.address))
    expect(server.asked.map(({ stream }) => stream.id)).toEqual([1, 3])
  })

  test('that is given up tells the server, and leaves others alone', async () => {
    const server = await newServer()
    const pool = newPool()
    server.answer = () => {}
    const gone = new AbortController()
    const given = pool.call(call(server.address, undefined, gone.signal))
    const kept = pool.call(call(server.address))
    await server.until(() => server.asked.length === 2)
    gone.abort(new Error('no longer wanted'))
    await expect(given).rejects.toThrow('no longer wanted')
    await server.until(() => server.gone.length === 1)
    server.asked.find(({ stream }) => stream !== server.gone[0])!.reply(Buffer.from([0x80]))
    await kept
  })

  test('without an answer in time is lost', async () => {
    const server = await newServer()
    const clock = new VirtualClock()
    server.answer = () => {}
    const lost = newPool(clock).call({ ...call(server.address), timeoutMs: 5000 })
    const expected = expect(lost).rejects.toThrow('no answer in time')
    await server.until(() => server.asked.length === 1)
    await clock.advance(5000)
    await expected
  })

  test('whose connection breaks is lost, and the next one connects anew', async () => {
    const server = await newServer()
    const pool = newPool()
    server.answer = () => server.sockets[0]!.destroy()
    await expect(pool.call(call(server.address))).rejects.toThrow(CallLostError)
    server.answer = ({ reply, body }) => reply(body)
    await pool.call(call(server.address))
    expect(server.firstBytes).toEqual([4, 4])
  })

  test('to nobody was never sent', async () => {
    for (const nobody of [`127.0.0.1:${await freePort()}`, 'nonsense', '127.0.0.1:99999']) {
      await expect(newPool().call(call(nobody))).rejects.toThrow(UnreachableError)
    }
  })

  test.for([
    ['an answer nobody asked for', Buffer.from([0x80, 0x80, 0x80])],
    ['an answer that is none', Buffer.from([0xc1, 0xc1, 0xc1])],
  ] as const)('is lost when the server sends %s', async ([, nonsense]) => {
    const server = await newServer()
    server.answer = ({ stream }) => stream.write(nonsense)
    await expect(newPool().call(call(server.address))).rejects.toThrow(/rpc/)
  })
})

test('a connection that nobody uses is closed', async () => {
  const server = await newServer()
  const clock = new VirtualClock()
  const pool = newPool(clock, 10_000)
  await pool.call(call(server.address))
  await clock.advance(9000)
  await pool.call(call(server.address))
  await clock.advance(9000)
  expect([pool.size, server.firstBytes.length]).toEqual([1, 1])
  await clock.advance(1000)
  expect(pool.size).toBe(0)
  await server.until(() => server.ended === 1)
})
