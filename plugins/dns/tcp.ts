import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'
import { DnsListenError } from './errors.ts'
import type { Responder } from './responder.ts'
import { TcpSession } from './tcp-session.ts'

/** More connections at a time are closed as they come. */
const mostConnections = 1024

/** Answers questions on one TCP address. */
export class TcpListener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, responder: Responder, clock: Clock, fault: (error: unknown) => void) {
    this.#server = server
    server.maxConnections = mostConnections
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      new TcpSession(socket, responder, clock, fault)
    })
    server.on('error', fault)
  }

  /** Rejects with a DnsListenError when the address cannot be had. */
  static async open(
    address: string,
    port: number,
    responder: Responder,
    clock: Clock,
    fault: (error: unknown) => void,
  ): Promise<TcpListener> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(new DnsListenError('tcp', address, port, cause)))
      server.listen({ host: address, port, exclusive: true }, resolve)
    })
    server.removeAllListeners('error')
    return new TcpListener(server, responder, clock, fault)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Octets received on the connections that are open. */
  get bytesRead(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead, 0)
  }

  /** Cuts the connections: a client asks again elsewhere. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }
}
