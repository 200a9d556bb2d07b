import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../src/kernel/clock.ts'
import { BodyStalledError, BodyTooLargeError, ClientGoneError } from './errors.ts'
import { findHeader } from './find-header.ts'

/** A body of which nothing came for so long is given up. Slow ones may take as long as they like. */
const bodyStallMs = 30_000
const sweepMs = 5_000

interface Reading {
  heardAtMs: number
  /** Its place among all that are read, or none once it is over. */
  place: number
  fail(error: Error): void
}

const none = -1

/** Reads request bodies: bounded in size, and given up when they stall. One timer watches over all that are unfinished. */
export class RequestBodies {
  readonly #clock: Clock
  /** In no order, each knowing its place: a set would grow and shrink with every burst of requests. */
  readonly #readings: Reading[] = []
  #cancelSweep: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The whole body. Rejects with BodyTooLargeError, BodyStalledError or ClientGoneError. */
  read(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    limitBytes: number,
    setting: string,
  ): Promise<Buffer> {
    const announced = findHeader(request, 'content-length')
    if (announced !== undefined && Number(announced) > limitBytes) {
      // The body stays with the client; what it sends next on this connection could be taken for it.
      if (expectsContinue) response.shouldKeepAlive = false
      return Promise.reject(new BodyTooLargeError(announced, limitBytes, setting))
    }
    if (announced === '0' || (announced === undefined && findHeader(request, 'transfer-encoding') === undefined)) {
      return Promise.resolve(nothing)
    }
    if (request.destroyed) return Promise.reject(new ClientGoneError())
    if (expectsContinue) response.writeContinue()
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let sizeBytes = 0
      const reading: Reading = {
        heardAtMs: this.#clock.monotonicMs(),
        place: none,
        fail: (error) => {
          this.#over(reading)
          request.removeListener('data', onData)
          reject(error)
        },
      }
      const onData = (chunk: Buffer) => {
        reading.heardAtMs = this.#clock.monotonicMs()
        sizeBytes += chunk.length
        if (sizeBytes > limitBytes) reading.fail(new BodyTooLargeError(`more than ${limitBytes}`, limitBytes, setting))
        else chunks.push(chunk)
      }
      request.on('data', onData)
      request.on('end', () => {
        this.#over(reading)
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes))
      })
      request.on('close', () => {
        // After a whole body too: an error made then, with its stack, would be a tenth of what a small write costs.
        if (reading.place !== none) reading.fail(new ClientGoneError())
      })
      this.#watch(reading)
    })
  }

  #watch(reading: Reading): void {
    reading.place = this.#readings.push(reading) - 1
    this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep())
  }

  /** The last one takes its place. */
  #over(reading: Reading): void {
    const { place } = reading
    if (place === none) return
    reading.place = none
    const last = this.#readings.pop()!
    if (last === reading) return
    last.place = place
    this.#readings[place] = last
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const nowMs = this.#clock.monotonicMs()
    for (const reading of [...this.#readings]) {
      if (nowMs - reading.heardAtMs >= bodyStallMs) reading.fail(new BodyStalledError(bodyStallMs))
    }
    if (this.#readings.length > 0) this.#cancelSweep = this.#clock.after(sweepMs, () => this.#sweep())
  }

  close(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
  }
}

const nothing = Buffer.alloc(0)
