import { assert } from '../kernel/assert.ts'

const initialBytes = 4096
/** A scratch buffer that one large message has grown beyond this is not kept for the next one. */
const keptBytes = 1 << 20
const two32 = 2 ** 32

/**
 * Writes Consul's msgpack dialect (protocol/servers.md §3): the old specification, in which text and bytes are both
 * "raw" strings, integers take their shortest form and doubles never shrink. The buffer grows as needed.
 */
export class MsgpackWriter {
  bytes: Buffer = Buffer.allocUnsafe(initialBytes)
  at = 0

  /** Makes room for `sizeBytes` more. */
  reserve(sizeBytes: number): void {
    if (this.at + sizeBytes > this.bytes.length) this.#grow(sizeBytes)
  }

  #grow(sizeBytes: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + sizeBytes))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }

  /** Bytes that are msgpack already, such as an encoded key. Meant for few bytes. */
  raw(encoded: Uint8Array): void {
    const length = encoded.length
    if (this.at + length > this.bytes.length) this.#grow(length)
    const bytes = this.bytes
    let at = this.at
    for (let i = 0; i < length; i++) bytes[at++] = encoded[i]!
    this.at = at
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.#grow(1)
    this.bytes[this.at++] = value
  }

  nil(): void {
    this.byte(0xc0)
  }

  bool(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2)
  }

  /** A safe integer; for larger ones see `wideInteger`. */
  integer(value: number): void {
    assert((value | 0) === value || Number.isSafeInteger(value), `${value} was to be written as an integer`)
    this.reserve(9)
    const bytes = this.bytes
    const at = this.at
    if (value >= 0) {
      if (value < 0x80) {
        bytes[at] = value
        this.at = at + 1
      } else if (value < 0x100) {
        bytes[at] = 0xcc
        bytes[at + 1] = value
        this.at = at + 2
      } else if (value < 0x10000) {
        bytes[at] = 0xcd
        this.at = bytes.writeUInt16BE(value, at + 1)
      } else if (value < two32) {
        bytes[at] = 0xce
        this.at = bytes.writeUInt32BE(value, at + 1)
      } else {
        bytes[at] = 0xcf
        bytes.writeUInt32BE(Math.floor(value / two32), at + 1)
        this.at = bytes.writeUInt32BE(value % two32, at + 5)
      }
    } else if (value >= -0x20) {
      bytes[at] = value & 0xff
      this.at = at + 1
    } else if (value >= -0x80) {
      bytes[at] = 0xd0
      this.at = bytes.writeInt8(value, at + 1)
    } else if (value >= -0x8000) {
      bytes[at] = 0xd1
      this.at = bytes.writeInt16BE(value, at + 1)
    } else if (value >= -0x80000000) {
      bytes[at] = 0xd2
      this.at = bytes.writeInt32BE(value, at + 1)
    } else {
      bytes[at] = 0xd3
      this.at = bytes.writeBigInt64BE(BigInt(value), at + 1)
    }
  }

  /** Any integer from -2^63 to 2^64 - 1, in the same shortest form as `integer`. */
  wideInteger(value: bigint): void {
    if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.integer(Number(value))
      return
    }
    this.reserve(9)
    this.bytes[this.at] = value < 0n ? 0xd3 : 0xcf
    if (value < 0n) this.at = this.bytes.writeBigInt64BE(value, this.at + 1)
    else this.at = this.bytes.writeBigUInt64BE(value, this.at + 1)
  }

  float64(value: number): void {
    this.reserve(9)
    this.bytes[this.at] = 0xcb
    this.at = this.bytes.writeDoubleBE(value, this.at + 1)
  }

  float32(value: number): void {
    this.reserve(5)
    this.bytes[this.at] = 0xca
    this.at = this.bytes.writeFloatBE(value, this.at + 1)
  }

  rawHeader(sizeBytes: number): void {
    this.#header(sizeBytes, 0xa0, 0x20, 0xda)
  }

  listHeader(count: number): void {
    this.#header(count, 0x90, 0x10, 0xdc)
  }

  mapHeader(count: number): void {
    this.#header(count, 0x80, 0x10, 0xde)
  }

  /** The three families differ only in their first bytes: short form, then u16 and u32 lengths. */
  #header(count: number, short: number, shortLimit: number, wide: number): void {
    this.reserve(5)
    if (count < shortLimit) {
      this.bytes[this.at++] = short | count
    } else if (count < 0x10000) {
      this.bytes[this.at] = wide
      this.at = this.bytes.writeUInt16BE(count, this.at + 1)
    } else {
      this.bytes[this.at] = wide + 1
      this.at = this.bytes.writeUInt32BE(count, this.at + 1)
    }
  }

  /** Text as UTF-8. A lone surrogate becomes U+FFFD. */
  text(value: string): void {
    const length = value.length
    if (length >= 0x20 || !this.#shortAscii(value, length)) this.#longText(value)
  }

  /** Writes short text without a call into the runtime, or nothing if it turns out not to be ASCII. */
  #shortAscii(value: string, length: number): boolean {
    this.reserve(length + 1)
    const bytes = this.bytes
    const start = this.at
    let at = start + 1
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      bytes[at++] = code
    }
    bytes[start] = 0xa0 | length
    this.at = at
    return true
  }

  #longText(value: string): void {
    const size = Buffer.byteLength(value)
    this.rawHeader(size)
    this.reserve(size)
    this.at += this.bytes.write(value, this.at, size, 'utf8')
  }

  /** A binary string: one character per byte, all of them below U+0100. */
  byteText(value: string): void {
    const size = value.length
    this.rawHeader(size)
    this.reserve(size)
    this.at += this.bytes.write(value, this.at, size, 'latin1')
  }

  blob(value: Uint8Array): void {
    this.rawHeader(value.length)
    this.reserve(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** What was written so far, in a buffer of its own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.at)
    this.bytes.copy(taken, 0, 0, this.at)
    return taken
  }
}

let idle: MsgpackWriter | undefined = new MsgpackWriter()

/** Runs `write` on a writer that is empty and returns the bytes. Calls may nest. */
export function writeMsgpack(write: (writer: MsgpackWriter) => void): Buffer {
  const writer = idle ?? new MsgpackWriter()
  idle = undefined
  writer.at = 0
  try {
    write(writer)
    return writer.take()
  } finally {
    idle = writer.bytes.length <= keptBytes ? writer : new MsgpackWriter()
  }
}
