import { ValueScanner } from '../wire/value-scanner.ts'
import { RpcFormatError } from './errors.ts'

/** Bytes of half-read messages that all channels of an agent together may hold. */
export interface Budget {
  leftBytes: number
}

/**
 * Cuts the bytes of a channel into msgpack values, which follow one another without a length in front. Bytes that came are
 * looked at only when a value is asked for, so that a caller who talks too early waits.
 */
export class ValueReader {
  readonly #scanner = new ValueScanner((reason) => new RpcFormatError(`a message cannot be read: ${reason}`))
  readonly #limitBytes: number
  readonly #budget: Budget
  readonly #consumed: (sizeBytes: number) => void
  #unread: Buffer[] = []
  /** Of the value that is under way. */
  #pieces: Buffer[] = []
  #pieceBytes = 0

  /** A value of more than `limitBytes` is refused. `consumed` is told how many bytes were looked at. */
  constructor(limitBytes: number, budget: Budget, consumed: (sizeBytes: number) => void) {
    this.#limitBytes = limitBytes
    this.#budget = budget
    this.#consumed = consumed
  }

  /** True when no value has begun and nothing waits. */
  get idle(): boolean {
    return this.#unread.length === 0 && this.#pieces.length === 0
  }

  add(bytes: Buffer): void {
    this.#unread.push(bytes)
  }

  /** The next whole value, or undefined until more bytes came. @throws RpcFormatError when it cannot be one, or is too large */
  next(): Buffer | undefined {
    for (;;) {
      const bytes = this.#unread[0]
      if (bytes === undefined) return undefined
      const end = this.#scanner.scan(bytes, 0)
      const piece = end === undefined ? bytes : bytes.subarray(0, end)
      if (piece.length === bytes.length) this.#unread.shift()
      else this.#unread[0] = bytes.subarray(piece.length)
      this.#consumed(piece.length)
      if (end !== undefined) return this.#whole(piece)
      this.#keep(piece)
    }
  }

  /** Gives back what was held; nothing more is read. */
  close(): void {
    this.#budget.leftBytes += this.#pieceBytes
    this.#pieceBytes = 0
    this.#pieces = []
    this.#unread = []
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    this.#budget.leftBytes -= piece.length
    if (this.#pieceBytes > this.#limitBytes) throw new RpcFormatError('a message is too large')
    if (this.#budget.leftBytes < 0) throw new RpcFormatError('too many large messages at once')
  }

  #whole(piece: Buffer): Buffer {
    if (this.#pieces.length === 0) return piece
    const value = Buffer.concat([...this.#pieces, piece])
    this.#budget.leftBytes += this.#pieceBytes
    this.#pieces = []
    this.#pieceBytes = 0
    return value
  }
}
