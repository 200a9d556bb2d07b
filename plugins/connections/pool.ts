import type { Clock } from '../../src/kernel/clock.ts'
import type { Method } from '../../src/rpc/method.ts'
import type { Budget } from '../../src/rpc/value-reader.ts'
import { Connection } from './connection.ts'
import type { Connections, OutgoingCall } from './contract.ts'

export interface PoolSetup {
  readonly clock: Clock
  /** Where to connect from; the system chooses when undefined. */
  readonly localAddress: string | undefined
  /** Servers keep more streams and a little less long (protocol/servers.md §2). */
  readonly server: boolean
  /** How long a connection without calls is kept; as long as Consul's agents do when left out. */
  readonly idleMs?: number
}

/** Bytes of half-read replies, of all connections together. */
const replyBudgetBytes = 512 * 2 ** 20
const askTimeoutMs = 10_000

/** One connection to each server that is called, shared by all who call. */
export class ConnectionPool implements Connections {
  readonly #setup: PoolSetup
  readonly #byAddress = new Map<string, Connection>()
  readonly #budget: Budget = { leftBytes: replyBudgetBytes }
  #seq = 0
  #closed = false

  constructor(setup: PoolSetup) {
    this.#setup = setup
  }

  /** Connections that are open or being made. */
  get size(): number {
    return this.#byAddress.size
  }

  call(call: OutgoingCall): Promise<Buffer> {
    return this.#to(call.address).call(call)
  }

  async ask<Request, Reply>(
    address: string,
    method: Method<Request, Reply>,
    request: Request,
    { signal, timeoutMs = askTimeoutMs }: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<Reply> {
    const body = method.request.encode(request)
    return method.reply.decode(await this.call({ address, method: method.name, body, signal, timeoutMs }))
  }

  close(): void {
    this.#closed = true
    for (const connection of [...this.#byAddress.values()]) connection.close()
  }

  #to(address: string): Connection {
    const held = this.#byAddress.get(address)
    if (held !== undefined) return held
    const { clock, localAddress, server, idleMs = server ? 120_000 : 127_000 } = this.#setup
    const connection: Connection = new Connection({
      address,
      localAddress,
      clock,
      budget: this.#budget,
      idleStreamsMax: server ? 64 : 32,
      idleMs,
      nextSeq: () => ++this.#seq,
      ended: () => {
        if (this.#byAddress.get(address) === connection) this.#byAddress.delete(address)
      },
    })
    this.#byAddress.set(address, connection)
    if (this.#closed) connection.close()
    return connection
  }
}
