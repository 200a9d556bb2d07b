/** Wire types of protobuf's encoding (protobuf.dev, "Encoding"): how a field's content ends. */
export const wireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const

/** Grows a protobuf message in a buffer. */
export class ProtoWriter {
  #bytes = Buffer.allocUnsafe(256)
  #at = 0

  tag(number: number, wire: number): void {
    this.varint(number * 8 + wire)
  }

  /** Unsigned; a negative number is written as its 64-bit two's complement, as `int32` and `int64` are. */
  varint(value: number | bigint): void {
    this.#reserve(10)
    if (typeof value === 'number' && value >= 0) {
      let rest = value
      while (rest > 127) {
        this.#bytes[this.#at++] = (rest % 128) | 128
        rest = Math.floor(rest / 128)
      }
      this.#bytes[this.#at++] = rest
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest % 128n) | 128
      rest /= 128n
    }
    this.#bytes[this.#at++] = Number(rest)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  text(value: string): void {
    const sizeBytes = Buffer.byteLength(value)
    this.varint(sizeBytes)
    this.#reserve(sizeBytes)
    this.#at += this.#bytes.write(value, this.#at)
  }

  bytes(value: Buffer): void {
    this.varint(value.length)
    this.#reserve(value.length)
    this.#at += value.copy(this.#bytes, this.#at)
  }

  /** A nested message: its size, then what `content` writes. */
  nested(content: () => void): void {
    const start = this.#at
    content()
    const sizeBytes = this.#at - start
    // The size goes before what is there already, which moves by the few bytes that the size takes.
    const prefix = new ProtoWriter()
    prefix.varint(sizeBytes)
    this.#reserve(prefix.#at)
    this.#bytes.copyWithin(start + prefix.#at, start, this.#at)
    prefix.#bytes.copy(this.#bytes, start, 0, prefix.#at)
    this.#at += prefix.#at
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #reserve(sizeBytes: number): void {
    if (this.#at + sizeBytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + sizeBytes))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}
