import { MalformedMsgpackError } from './errors.ts'

/** Deeper nesting is refused: no struct of Consul comes near, and the readers recurse. */
export const msgpackDepthMax = 64
const two32 = 2 ** 32
/** Up to this many bytes a loop in JavaScript beats the call into the runtime's string decoder. */
const loopedTextBytes = 12

/** Encoded names of a struct's fields, for `MsgpackReader.field`. Slots follow the bytewise order of the names. */
export interface FieldKeys {
  /** Header and bytes of each name. */
  readonly encoded: readonly Uint8Array[]
  readonly slots: ReadonlyMap<string, number>
}

/**
 * Reads Consul's msgpack dialect (protocol/servers.md §3). Every length is checked against the bytes that are there
 * before anything is built from it, and nesting is bounded, so hostile input costs no more than its own size. All
 * methods throw MalformedMsgpackError.
 */
export class MsgpackReader {
  readonly bytes: Buffer
  at: number
  depth = 0

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  fail(problem: string): never {
    throw new MalformedMsgpackError(problem, this.at)
  }

  /** Refuses what stands behind the message. */
  end(): void {
    if (this.at !== this.bytes.length) this.fail(`${this.bytes.length - this.at} bytes follow the message`)
  }

  /** The type byte of the next value, without consuming it. */
  peek(): number {
    const tag = this.bytes[this.at]
    if (tag === undefined) this.fail('the message is cut short')
    return tag
  }

  /** Consumes a nil if one is next. */
  nil(): boolean {
    if (this.peek() !== 0xc0) return false
    this.at++
    return true
  }

  enter(): void {
    if (++this.depth > msgpackDepthMax) this.fail(`values are nested more than ${msgpackDepthMax} deep`)
  }

  leave(): void {
    this.depth--
  }

  #need(sizeBytes: number): number {
    const at = this.at
    if (sizeBytes > this.bytes.length - at) this.fail('the message is cut short')
    this.at = at + sizeBytes
    return at
  }

  bool(): boolean {
    const tag = this.peek()
    this.at++
    if (tag === 0xc3 || tag === 0x01) return true
    if (tag === 0xc2 || tag === 0x00 || tag === 0xc0) return false
    this.at--
    return this.fail('expected a boolean')
  }

  /** An integer of any format, all digits kept: a number when it is safe, else a bigint. Nil is 0. */
  integer(): number | bigint {
    const tag = this.peek()
    this.at++
    if (tag < 0x80) return tag
    if (tag >= 0xe0) return tag - 0x100
    switch (tag) {
      case 0xc0:
        return 0
      case 0xcc:
        return this.bytes[this.#need(1)]!
      case 0xcd:
        return this.bytes.readUInt16BE(this.#need(2))
      case 0xce:
        return this.bytes.readUInt32BE(this.#need(4))
      case 0xcf: {
        const at = this.#need(8)
        const high = this.bytes.readUInt32BE(at)
        if (high < 0x200000) return high * two32 + this.bytes.readUInt32BE(at + 4)
        return this.bytes.readBigUInt64BE(at)
      }
      case 0xd0:
        return this.bytes.readInt8(this.#need(1))
      case 0xd1:
        return this.bytes.readInt16BE(this.#need(2))
      case 0xd2:
        return this.bytes.readInt32BE(this.#need(4))
      case 0xd3: {
        const wide = this.bytes.readBigInt64BE(this.#need(8))
        const number = Number(wide)
        return Number.isSafeInteger(number) ? number : wide
      }
    }
    this.at--
    return this.fail('expected an integer')
  }

  /** A float or, as Consul's reader allows, an integer. Nil is 0. */
  float(): number {
    const tag = this.peek()
    if (tag === 0xcb) {
      this.at++
      return this.bytes.readDoubleBE(this.#need(8))
    }
    if (tag === 0xca) {
      this.at++
      return this.bytes.readFloatBE(this.#need(4))
    }
    return Number(this.integer())
  }

  /** Number of bytes of the raw string that is next, now standing at its first byte; those bytes are there. */
  rawSize(allowBin = false): number {
    const tag = this.peek()
    this.at++
    let size: number
    if (tag >= 0xa0 && tag <= 0xbf) size = tag & 0x1f
    else if (tag === 0xda || (tag === 0xc5 && allowBin)) size = this.bytes.readUInt16BE(this.#need(2))
    else if (tag === 0xdb || (tag === 0xc6 && allowBin)) size = this.bytes.readUInt32BE(this.#need(4))
    else if (tag === 0xd9 || (tag === 0xc4 && allowBin)) size = this.bytes[this.#need(1)]!
    else {
      this.at--
      return this.fail(allowBin ? 'expected bytes' : 'expected a string')
    }
    if (size > this.bytes.length - this.at) this.fail('a string is longer than the message')
    return size
  }

  /** UTF-8 text; bytes that are none become U+FFFD. Nil is `''`. */
  text(): string {
    if (this.nil()) return ''
    const size = this.rawSize()
    const start = this.at
    const end = start + size
    this.at = end
    const bytes = this.bytes
    if (size <= loopedTextBytes) {
      let text = ''
      for (let at = start; at < end; at++) {
        const code = bytes[at]!
        if (code > 0x7f) return bytes.toString('utf8', start, end)
        text += String.fromCharCode(code)
      }
      return text
    }
    return bytes.toString('utf8', start, end)
  }

  /** A binary string with one character per byte. Nil is `''`. */
  byteText(): string {
    if (this.nil()) return ''
    const start = this.#need(this.rawSize())
    return this.bytes.toString('latin1', start, this.at)
  }

  /** Bytes that share memory with the message. Nil and no bytes at all are both null, as they are for Consul. */
  blob(): Buffer | null {
    if (this.nil()) return null
    const size = this.rawSize(true)
    if (size === 0) return null
    const start = this.#need(size)
    return this.bytes.subarray(start, start + size)
  }

  listSize(): number {
    return this.#size(0x90, 0xdc, 1, 'expected a list')
  }

  mapSize(): number {
    return this.#size(0x80, 0xde, 2, 'expected a map')
  }

  /** `bytesEach` is the least an element occupies; a count the rest of the message cannot hold is refused. */
  #size(short: number, wide: number, bytesEach: number, problem: string): number {
    const tag = this.peek()
    this.at++
    let count: number
    if ((tag & 0xf0) === short) count = tag & 0x0f
    else if (tag === wide) count = this.bytes.readUInt16BE(this.#need(2))
    else if (tag === wide + 1) count = this.bytes.readUInt32BE(this.#need(4))
    else {
      this.at--
      return this.fail(problem)
    }
    if (count * bytesEach > this.bytes.length - this.at) this.fail('a collection is longer than the message')
    return count
  }

  /**
   * Consumes the name of a struct field and returns its slot, -1 for an unknown one. Names nearly always arrive in
   * order, so slot `expected` is compared first, byte by byte and without making a string.
   */
  field(keys: FieldKeys, expected: number): number {
    const encoded = keys.encoded[expected]
    if (encoded !== undefined) {
      const bytes = this.bytes
      const at = this.at
      const length = encoded.length
      let i = 0
      while (i < length && bytes[at + i] === encoded[i]) i++
      if (i === length) {
        this.at = at + length
        return expected
      }
    }
    const start = this.#need(this.rawSize())
    return keys.slots.get(this.bytes.toString('latin1', start, this.at)) ?? -1
  }

  /** Passes over one value of any kind. */
  skip(): void {
    const tag = this.peek()
    if (tag < 0x80 || tag >= 0xe0 || tag === 0xc0 || tag === 0xc2 || tag === 0xc3) {
      this.at++
    } else if (tag < 0xa0 || (tag >= 0xdc && tag <= 0xdf)) {
      const isMap = tag < 0x90 || tag >= 0xde
      this.enter()
      for (let left = isMap ? this.mapSize() * 2 : this.listSize(); left > 0; left--) this.skip()
      this.leave()
    } else if (tag === 0xca || tag === 0xcb) {
      this.float()
    } else if (tag >= 0xcc && tag <= 0xd3) {
      this.integer()
    } else {
      this.#need(this.rawSize(true))
    }
  }
}
