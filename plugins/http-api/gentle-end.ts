import type { Socket } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'

/** How long a client may go on sending after it was told that its connection ends. As long as Go's server gives it. */
const lingerMs = 500

/**
 * Ends connections so that the last answers arrive (RFC 9112 §9.6). A socket that is closed while bytes of the client are
 * unread resets the connection, and the client's system throws away answers that it has not read yet. So only our half
 * is ended first; what comes on the other is dropped until the client ends that too.
 */
export class GentleEnds {
  readonly #clock: Clock
  readonly #ending = new WeakSet<Socket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Has Node's server end this connection gently behind an answer with `Connection: close`. */
  govern(socket: Socket): void {
    socket.destroySoon = () => this.end(socket)
  }

  /** True when nothing that comes on this connection will be answered. */
  isEnding(socket: Socket): boolean {
    return this.#ending.has(socket)
  }

  /** Ends the connection behind what was written to it. */
  end(socket: Socket): void {
    if (this.#ending.has(socket) || socket.destroyed) return
    this.#ending.add(socket)
    socket.end()
    socket.resume()
    const cancel = this.#clock.after(lingerMs, () => socket.destroy())
    socket.once('close', cancel)
  }
}
