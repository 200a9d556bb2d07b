import { assert } from '../../kernel/assert.ts'
import type { ProconsulError } from '../../kernel/errors.ts'
import { windowBytes } from './frame.ts'

/** Whoever uses a stream hears of it here. `data` may come until `ended` or `failed`, one of which comes at most once. */
export interface StreamHandler {
  /** Bytes that came; they belong to the handler, which says by `YamuxStream.consumed` that there may be more. */
  data(bytes: Buffer): void
  /** The other side sends nothing more. What is written still reaches it. */
  ended(): void
  /** Nothing comes and nothing goes any more. */
  failed(error: ProconsulError): void
}

/** What a stream needs of its session. */
export interface StreamSession {
  /** The stream has bytes, credit or an end to send. */
  ready(stream: YamuxStream): void
  credit(stream: YamuxStream, sizeBytes: number): void
  reset(stream: YamuxStream): void
  /** So many more bytes wait to be sent, or fewer. */
  queued(deltaBytes: number): void
}

/** What is being sent next of a stream. */
export interface Piece {
  readonly bytes: Buffer
  /** Nothing follows. */
  readonly last: boolean
}

/** One of the streams of a session: bytes in order in both directions, each held back until the other side has room. */
export class YamuxStream {
  readonly id: number
  /** Set by whoever gets the stream, before anything comes. */
  handler!: StreamHandler
  readonly #session: StreamSession
  #queue: Buffer[] = []
  #queuedBytes = 0
  /** Of the queue's first buffer. */
  #sentOfFirst = 0
  #sendWindow = windowBytes
  #receiveWindow = windowBytes
  #unreturned = 0
  #closing = false
  #finSent = false
  #finReceived = false
  #over = false

  constructor(id: number, session: StreamSession) {
    this.id = id
    this.#session = session
  }

  /** Bytes that were written and not yet sent. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** True once nothing can come or go. */
  get over(): boolean {
    return this.#over
  }

  /** Sends bytes, which must not change afterwards; they wait while the other side has no room. Nothing when it is over. */
  write(bytes: Buffer): void {
    assert(!this.#closing, 'a yamux stream was written to after it was closed')
    if (this.#over || bytes.length === 0) return
    this.#queue.push(bytes)
    this.#count(bytes.length)
    this.#session.ready(this)
  }

  /** So many of the bytes that came are dealt with: room for others, of which the other side is told by half windows. */
  consumed(sizeBytes: number): void {
    this.#unreturned += sizeBytes
    assert(this.#unreturned + this.#receiveWindow <= windowBytes, 'a yamux stream consumed more than came')
    if (this.#over || this.#finReceived || this.#unreturned < windowBytes / 2) return
    const credit = this.#unreturned
    this.#unreturned = 0
    this.#receiveWindow += credit
    this.#session.credit(this, credit)
  }

  /** Ends this direction behind what is written. */
  close(): void {
    if (this.#closing || this.#over) return
    this.#closing = true
    this.#session.ready(this)
  }

  /** Gives the stream up in both directions; its handler hears nothing more. */
  reset(): void {
    if (this.#over) return
    this.#end()
    this.#session.reset(this)
  }

  /** True when `piece` has something to give. */
  get sendable(): boolean {
    if (this.#over || this.#finSent) return false
    return this.#queue.length === 0 ? this.#closing : this.#sendWindow > 0
  }

  /** Called by the session: the next bytes to send, at most `sizeMax`, or the end. */
  piece(sizeMax: number): Piece {
    const first = this.#queue[0]
    if (first === undefined) {
      this.#finSent = true
      return { bytes: noBytes, last: true }
    }
    const from = this.#sentOfFirst
    const to = Math.min(first.length, from + Math.min(sizeMax, this.#sendWindow))
    this.#sendWindow -= to - from
    this.#count(from - to)
    if (to === first.length) {
      this.#queue.shift()
      this.#sentOfFirst = 0
    } else {
      this.#sentOfFirst = to
    }
    const last = this.#closing && this.#queue.length === 0
    if (last) this.#finSent = true
    return { bytes: first.subarray(from, to), last }
  }

  /** True when both directions have ended. */
  get finished(): boolean {
    return this.#finSent && this.#finReceived
  }

  /** Called by the session: bytes are announced. False when the other side may not send so many. */
  announce(sizeBytes: number): boolean {
    if (this.#finReceived || sizeBytes > this.#receiveWindow) return false
    this.#receiveWindow -= sizeBytes
    return true
  }

  /** Called by the session: announced bytes came. */
  received(bytes: Buffer): void {
    if (!this.#over) this.handler.data(bytes)
  }

  /** Called by the session: the other side has room for more. False when that cannot be. */
  widen(sizeBytes: number): boolean {
    this.#sendWindow += sizeBytes
    if (this.#sendWindow > 0xffffffff) return false
    if (this.sendable) this.#session.ready(this)
    return true
  }

  /** Called by the session: nothing more will come. False when that was said before. */
  ended(): boolean {
    if (this.#finReceived) return false
    this.#finReceived = true
    if (!this.#over) this.handler.ended()
    return true
  }

  /** Called by the session: reset by the other side, or the session is over. */
  failed(error: ProconsulError): void {
    if (this.#over) return
    this.#end()
    this.handler.failed(error)
  }

  /** Called by the session once both directions have ended. */
  finish(): void {
    this.#end()
  }

  #end(): void {
    this.#over = true
    this.#queue = []
    this.#count(-this.#queuedBytes)
  }

  #count(deltaBytes: number): void {
    this.#queuedBytes += deltaBytes
    this.#session.queued(deltaBytes)
  }
}

const noBytes = Buffer.alloc(0)
