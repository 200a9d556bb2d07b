/** What dns2 encodes into: its own writer collects single bits, 8 array elements to the octet, and starts over per record. */
export class PacketWriter {
  /** Where names stand already, for compression pointers; dns2 compresses when this is a Map. */
  names: Map<string, number> | 'never'
  #octets = Buffer.allocUnsafe(512)
  #length = 0
  #partial = 0
  #partialBits = 0

  constructor(compress: boolean) {
    this.names = compress ? new Map() : 'never'
  }

  /** Appends the low `bits` bits of a value, at most 32. */
  write(value: number, bits: number): void {
    if (this.#partialBits > 0 || bits % 8 !== 0) {
      for (let bit = bits - 1; bit >= 0; bit--) this.#writeBit((value >>> bit) & 1)
      return
    }
    for (let shift = bits - 8; shift >= 0; shift -= 8) this.#writeOctet((value >>> shift) & 0xff)
  }

  /** Appends what one of dns2's own writers holds. */
  writeBuffer(other: { readonly buffer: readonly number[] }): void {
    for (const bit of other.buffer) this.#writeBit(bit)
  }

  bitLength(): number {
    return this.#length * 8 + this.#partialBits
  }

  byteLength(): number {
    return this.bitLength() / 8
  }

  /** Replaces whole octets written earlier: how dns2 fills in lengths it did not know. */
  patch(bitOffset: number, value: number, bits: number): void {
    this.#octets.writeUIntBE(value, bitOffset / 8, bits / 8)
  }

  /** All that was written so far; no copy. */
  toBuffer(): Buffer {
    return this.#octets.subarray(0, this.#length)
  }

  #writeBit(bit: number): void {
    this.#partial = (this.#partial << 1) | bit
    if (++this.#partialBits < 8) return
    this.#writeOctet(this.#partial)
    this.#partial = 0
    this.#partialBits = 0
  }

  #writeOctet(octet: number): void {
    if (this.#length === this.#octets.length) {
      const longer = Buffer.allocUnsafe(this.#length * 2)
      this.#octets.copy(longer)
      this.#octets = longer
    }
    this.#octets[this.#length++] = octet
  }
}
