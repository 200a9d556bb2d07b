import { ProconsulError } from '../../kernel/errors.ts'
import { wireType } from './writer.ts'

/** Bytes that are no protobuf message of the kind expected. */
export class MalformedProtobufError extends ProconsulError {
  override readonly code = 'malformed_protobuf'
  override readonly status = 400
}

/** Nested messages deeper than this are refused. */
const depthMax = 64

/** Reads one protobuf message after another part; never beyond its end. */
export class ProtoReader {
  readonly #bytes: Buffer
  readonly #depth: number
  #at = 0

  constructor(bytes: Buffer, depth = 0) {
    if (depth > depthMax) throw new MalformedProtobufError(`messages are nested more than ${depthMax} deep`)
    this.#bytes = bytes
    this.#depth = depth
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  tag(): { readonly number: number; readonly wire: number } {
    const tag = Number(this.varint())
    const number = Math.floor(tag / 8)
    if (number < 1 || number > 536_870_911) throw new MalformedProtobufError('expected the number of a field')
    return { number, wire: tag % 8 }
  }

  /** Unsigned; a bigint only where a number would lose digits. */
  varint(): number | bigint {
    let low = 0
    for (let shift = 1; shift <= 2 ** 42; shift *= 128) {
      const byte = this.#next()
      low += (byte & 127) * shift
      if (byte < 128) return low
    }
    let value = BigInt(low)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#next()
      value |= BigInt(byte & 127) << shift
      if (byte >= 128) continue
      const whole = BigInt.asUintN(64, value)
      return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : whole
    }
    throw new MalformedProtobufError('a number is longer than ten bytes')
  }

  double(): number {
    return this.#take(8).readDoubleLE(0)
  }

  /** The content of a field of wire type 2; shares memory with the message. */
  bytes(): Buffer {
    return this.#take(Number(this.varint()))
  }

  nested(): ProtoReader {
    return new ProtoReader(this.bytes(), this.#depth + 1)
  }

  /** Passes over a field that nobody asked for. */
  skip(wire: number): void {
    if (wire === wireType.varint) this.varint()
    else if (wire === wireType.fixed64) this.#take(8)
    else if (wire === wireType.length) this.bytes()
    else if (wire === wireType.fixed32) this.#take(4)
    else throw new MalformedProtobufError(`wire type ${wire} is not known`)
  }

  #next(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new MalformedProtobufError('the message ends too early')
    return byte
  }

  #take(sizeBytes: number): Buffer {
    const end = this.#at + sizeBytes
    if (end > this.#bytes.length) throw new MalformedProtobufError('the message ends too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
