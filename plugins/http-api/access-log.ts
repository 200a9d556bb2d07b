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
    if (!this.#log.enabled('debug')) return
    this.#log.debug('Request finished', {
      method: request.method,
      url: request.url,
      from: senderOf(request),
      latency: formatDuration(this.#clock.monotonicMs() - begunMs),
    })
  }
}

function senderOf({ socket: { remoteAddress, remotePort, remoteFamily } }: IncomingMessage): string {
  if (remoteAddress === undefined) return '@'
  return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}
