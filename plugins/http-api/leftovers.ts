import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../src/kernel/clock.ts'

/** How long an answered client may go on sending a body that nobody reads. */
const leftoverMs = 10_000

/** Ends connections whose clients go on sending after they have their answer: one that was refused may mean to send for hours. */
export class Leftovers {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called before the answer ends. Costs nothing once the whole request is here, as behind a write that was made. */
  limit(request: IncomingMessage, response: ServerResponse): void {
    // A GET has no body as a rule, but is answered before the parser has seen its end.
    if (request.complete || request.method === 'GET') return
    response.on('finish', () => {
      if (request.complete) return
      const { socket } = request
      const cancel = this.#clock.after(leftoverMs, () => socket.destroy())
      request.on('close', cancel)
    })
  }
}
