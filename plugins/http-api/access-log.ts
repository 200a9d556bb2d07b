import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../src/kernel/clock.ts'
import { formatDuration } from '../../src/kernel/duration.ts'
import type { Logger } from '../../src/kernel/log.ts'

/** One record per request at level debug, in Consul's words. Nothing is worked out unless the record is written. */
export class AccessLog {
  readonly #log: Logger
  readonly #clock: Clock

  constructor(log: Logger, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** A moment to hand to `end`. */
  begin(): number {
    return this.#clock.monotonicMs()
  }

  end(begunMs: number, request: IncomingMessage): void {
    this.#log.debug('Request finished', {
      method: request.method,
      url: request.url,
      from: new Sender(request),
      latency: new Latency(this.#clock.monotonicMs() - begunMs),
    })
  }
}

/** Asking a socket for its peer costs more than answering a small request from memory. */
class Sender {
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
  }

  toJSON(): string {
    const { remoteAddress, remotePort, remoteFamily } = this.#request.socket
    if (remoteAddress === undefined) return '@'
    return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
  }
}

class Latency {
  readonly #ms: number

  constructor(ms: number) {
    this.#ms = ms
  }

  toJSON(): string {
    return formatDuration(this.#ms)
  }
}
