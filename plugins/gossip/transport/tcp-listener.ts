import { createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../core/messages.ts'
import { plainAddress } from './address.ts'
import type { TransportCounters } from './counters.ts'
import { InboundStream, type StreamLimits } from './inbound-stream.ts'
import { listenError } from './listen-error.ts'
import type { TransportSetup } from './setup.ts'

/** Streams open at once, unless the setup says otherwise; beyond it new ones are closed. */
const streamsMaxDefault = 1024
/** Bytes of half-read streams that are held at once. The view of a pool of 10,000 members has about two million. */
const heldBytesMax = 64 * 2 ** 20

/** The TCP half of a pool's port. */
export class TcpPort {
  readonly #server: Server
  readonly #setup: TransportSetup
  readonly #counters: TransportCounters
  readonly #open = new Set<Socket>()
  readonly #limits: StreamLimits = { heldBytesLeft: heldBytesMax, pushPulls: 0 }

  private constructor(setup: TransportSetup, counters: TransportCounters) {
    this.#setup = setup
    this.#counters = counters
    // A peer may close its half after it said what it wants, and still gets the answer.
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  /** @throws ConfigError when the port cannot be had */
  static async open(setup: TransportSetup, counters: TransportCounters): Promise<TcpPort> {
    const port = new TcpPort(setup, counters)
    const server = port.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, 'TCP', setup)))
      server.listen({ host: setup.host, port: setup.port, exclusive: true }, resolve)
    })
    server.removeAllListeners('error')
    server.on('error', setup.events.fault)
    return port
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Ends all streams that others opened, too. */
  async close(): Promise<void> {
    const ended = [...this.#open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#open) socket.destroy()
    await Promise.all([...ended, closed])
  }

  #accept(socket: Socket): void {
    // Trouble on a stream shows in its end; here it only means that it is over.
    socket.on('error', () => socket.destroy())
    this.#counters.streamsIn++
    if (this.#open.size >= (this.#setup.streamsMax ?? streamsMaxDefault)) {
      this.#counters.streamsRefused++
      socket.destroy()
      return
    }
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    const from: Endpoint = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
    new InboundStream(socket, from, this.#setup, this.#counters, this.#limits).begin()
  }
}
