/** Bytes that arrive in pieces and are looked at as one. Grows with what arrived, never with what was announced. */
export class ByteQueue {
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  /** How many bytes are held. */
  get size(): number {
    return this.#end - this.#start
  }

  push(piece: Buffer): void {
    if (this.#bytes.length - this.#end < piece.length) {
      const grown = Buffer.allocUnsafe(Math.max(piece.length + this.size, this.size * 2))
      this.#bytes.copy(grown, 0, this.#start, this.#end)
      this.#end = this.size
      this.#start = 0
      this.#bytes = grown
    }
    this.#end += piece.copy(this.#bytes, this.#end)
  }

  /** What is held. Valid until the next call of `push`. */
  view(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** Takes the first bytes away; they are there. Valid until the next call of `push`. */
  take(sizeBytes: number): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#start + sizeBytes)
    this.#start += taken.length
    return taken
  }
}
