import type { Socket } from 'node:net'
import { ValueScanner } from '../../../src/wire/value-scanner.ts'
import { RaftWireError } from './errors.ts'

/** Bytes of half-read messages that all connections together may hold. */
export interface Budget {
  leftBytes: number
}

/** The largest message: 64 entries of the largest writes that Consul takes, and to spare. */
const messageBytesMax = 64 * 2 ** 20

/** How long the rest of a message that has begun may keep its reader waiting (protocol/servers.md §10.4). */
const quietMs = 10_000

/** Cuts what comes in on a connection into messages, and lets bytes be read that follow one. */
export class FrameReader {
  readonly #socket: Socket
  readonly #chunks: AsyncIterator<Buffer>
  readonly #budget: Budget
  readonly #scanner = new ValueScanner((reason) => new RaftWireError(reason))
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(socket: Socket, budget: Budget) {
    this.#socket = socket
    socket.on('timeout', () => socket.destroy(new RaftWireError('the rest of a message did not come in time')))
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    this.#budget = budget
  }

  /** True when nothing that was received waits to be read. */
  get drained(): boolean {
    return this.#at === this.#chunk.length
  }

  /** The next byte; undefined when the connection ended. */
  async byte(): Promise<number | undefined> {
    if (this.drained && !(await this.#next())) return undefined
    return this.#chunk[this.#at++]!
  }

  /** The next msgpack value, not decoded. @throws RaftWireError when it is too large or the connection ends within it */
  async value(): Promise<Buffer> {
    const pieces: Buffer[] = []
    let sizeBytes = 0
    try {
      for (;;) {
        if (this.drained && !(await this.#rest())) throw new RaftWireError('the connection ended within it')
        const start = this.#at
        const end = this.#scanner.scan(this.#chunk, start)
        this.#at = end ?? this.#chunk.length
        const piece = this.#chunk.subarray(start, this.#at)
        pieces.push(piece)
        if (end !== undefined) return pieces.length === 1 ? piece : Buffer.concat(pieces)
        sizeBytes += piece.length
        this.#budget.leftBytes -= piece.length
        if (sizeBytes > messageBytesMax || this.#budget.leftBytes < 0) throw new RaftWireError('it is too large')
      }
    } finally {
      this.#budget.leftBytes += sizeBytes
    }
  }

  /** Exactly the next `sizeBytes` bytes, in pieces. @throws RaftWireError when the connection ends before */
  async *raw(sizeBytes: number): AsyncIterable<Buffer> {
    for (let left = sizeBytes; left > 0; ) {
      if (this.drained && !(await this.#rest())) throw new RaftWireError(`${left} of ${sizeBytes} bytes did not come`)
      const piece = this.#chunk.subarray(this.#at, this.#at + left)
      this.#at += piece.length
      left -= piece.length
      yield piece
    }
  }

  /** More of a message, most of which come whole: only then is there a timer to set. */
  async #rest(): Promise<boolean> {
    this.#socket.setTimeout(quietMs)
    try {
      return await this.#next()
    } finally {
      this.#socket.setTimeout(0)
    }
  }

  async #next(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#chunks.next()
      if (done) return false
      this.#chunk = value
      this.#at = 0
      if (value.length > 0) return true
    }
  }
}
