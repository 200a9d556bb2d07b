import type { Socket } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Budget } from '../../src/rpc/value-reader.ts'
import type { YamuxSession } from '../../src/wire/yamux/session.ts'
import { yamuxOn } from '../../src/wire/yamux/socket.ts'
import { type Answerer, ServedStream } from './served-stream.ts'
import { SocketChannel } from './socket-channel.ts'

/** Bytes by which the server port knows calls (protocol/servers.md §1): one after another, or many streams of them. */
export const callBytes = { single: 0, session: 4 } as const

/** Bytes of half-read requests, of all callers together. */
const requestBudgetBytes = 256 * 2 ** 20
/** Replies that a caller asked for and does not read, of one connection. */
const unreadBytesMax = 256 * 2 ** 20

/** Answers the calls that come in on the server port. */
export class RpcServer {
  readonly #answerer: Answerer
  readonly #clock: Clock
  readonly #budget: Budget = { leftBytes: requestBudgetBytes }
  readonly #sockets = new Set<Socket>()

  constructor(answerer: Answerer, clock: Clock) {
    this.#answerer = answerer
    this.#clock = clock
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size
  }

  /** A connection on which one call follows another. */
  serveSingle(socket: Socket): void {
    this.#keep(socket)
    const channel = new SocketChannel(socket)
    channel.listen(new ServedStream(channel, this.#answerer, this.#budget))
  }

  /** A connection with a session of streams. */
  serveSession(socket: Socket): void {
    this.#keep(socket)
    const session: YamuxSession = yamuxOn(socket, {
      role: 'acceptor',
      clock: this.#clock,
      accept: (stream) =>
        new ServedStream(
          {
            write(bytes) {
              stream.write(bytes)
              if (session.queuedBytes > unreadBytesMax) session.end('too many replies are not read')
            },
            consumed: (sizeBytes) => stream.consumed(sizeBytes),
            close: () => stream.close(),
            reset: () => stream.reset(),
          },
          this.#answerer,
          this.#budget,
        ),
      ended: () => {},
    })
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
