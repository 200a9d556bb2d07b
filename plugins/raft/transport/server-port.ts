import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../../src/kernel/clock.ts'
import { ConfigError } from '../../../src/kernel/errors.ts'
import type { PortLimits } from '../../rpc/contract.ts'
import type { PeerStream } from '../contract.ts'

export interface ServerPortSetup {
  /** IP to listen on. */
  readonly host: string
  /** 0 takes one that is free. */
  readonly port: number
  readonly clock: Clock
  readonly limits?: PortLimits
  /** Gives the connection to whoever speaks the protocol of its first byte; false when nobody does. */
  readonly handOver: (firstByte: number, stream: PeerStream) => boolean
  /** Whoever got a connection threw. */
  readonly report: (error: unknown) => void
}

const usualLimits: PortLimits = { handshakeMs: 5000, connectionsPerClient: 100 }

/**
 * The server port (8300). The first byte of a connection says which protocol it speaks (protocol/servers.md §1); this reads
 * it and knows no protocol itself.
 */
export class ServerPort {
  readonly #setup: ServerPortSetup
  readonly #limits: PortLimits
  readonly #server: Server
  readonly #open = new Set<Socket>()
  readonly #perClient = new Map<string, number>()

  private constructor(setup: ServerPortSetup) {
    this.#setup = setup
    this.#limits = setup.limits ?? usualLimits
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 }, (socket) =>
      this.#accept(socket),
    )
  }

  /** @throws ConfigError when the port cannot be listened on */
  static async listen(setup: ServerPortSetup): Promise<ServerPort> {
    const listener = new ServerPort(setup)
    const server = listener.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, setup)))
      server.listen({ host: setup.host, port: setup.port }, resolve)
    })
    server.on('error', setup.report)
    return listener
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Ends all connections, too. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#open) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    const client = socket.remoteAddress ?? ''
    const count = (this.#perClient.get(client) ?? 0) + 1
    // Trouble on a connection shows to whoever reads from it; here it only means that it is over.
    socket.on('error', () => socket.destroy())
    const { connectionsPerClient } = this.#limits
    if (connectionsPerClient > 0 && count > connectionsPerClient) return void socket.destroy()
    this.#perClient.set(client, count)
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      const left = this.#perClient.get(client)! - 1
      if (left === 0) this.#perClient.delete(client)
      else this.#perClient.set(client, left)
    })
    const cancel = this.#setup.clock.after(this.#limits.handshakeMs, () => socket.destroy())
    socket.once('close', cancel)
    socket.once('readable', () => {
      cancel()
      this.#begin(socket, client)
    })
  }

  #begin(socket: Socket, remoteAddress: string): void {
    const first = socket.read(1) as Buffer | null
    if (first === null) return void socket.destroy()
    try {
      if (!this.#setup.handOver(first[0]!, { socket, remoteAddress })) socket.destroy()
    } catch (error) {
      socket.destroy()
      this.#setup.report(error)
    }
  }
}

function listenError(error: NodeJS.ErrnoException, { host, port }: ServerPortSetup): ConfigError {
  const where = `cannot listen for other servers on ${host.includes(':') ? `[${host}]` : host}:${port}`
  const advice =
    error.code === 'EADDRINUSE'
      ? 'another program listens there; stop it, or choose another port with ports.server (-server-port)'
      : error.code === 'EADDRNOTAVAIL'
        ? 'this machine has no such address; correct bind_addr (-bind)'
        : `${error.message}; correct bind_addr or ports.server`
  return new ConfigError(`${where}: ${advice}`, { cause: error })
}
