import type { Socket } from 'node:net'

/** How many connections each client, told by its IP, may have at a time. Unix sockets are not counted. */
export class ConnectionLimit {
  readonly #counts = new Map<string, number>()
  readonly #refused = new WeakSet<Socket>()
  /** 0 or less is no limit. A lower one holds for connections that come; those that are there stay. */
  perClient: number

  constructor(perClient: number) {
    this.perClient = perClient
  }

  /** Counts a new connection until it closes, or tells it that it is one too many. */
  admit(socket: Socket): void {
    const client = socket.remoteAddress
    if (client === undefined) return
    const count = this.#counts.get(client) ?? 0
    if (this.perClient > 0 && count >= this.perClient) {
      this.#refused.add(socket)
      socket.end(refusal, () => socket.destroy())
      return
    }
    this.#counts.set(client, count + 1)
    socket.once('close', () => {
      const left = (this.#counts.get(client) ?? 1) - 1
      if (left > 0) this.#counts.set(client, left)
      else this.#counts.delete(client)
    })
  }

  /** True of a connection that was told off: what still arrives on it is not answered. */
  refused(socket: Socket): boolean {
    return this.#refused.has(socket)
  }
}

const reason = 'Your IP is issuing too many concurrent connections, please rate limit your calls\n'

/** Written before any request was read, as Consul does. */
const refusal =
  `HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: ${reason.length}\r\n` +
  `Connection: close\r\n\r\n${reason}`
