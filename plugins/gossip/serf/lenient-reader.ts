import { type FieldKeys, MsgpackReader } from '../../../src/wire/msgpack-reader.ts'

/**
 * Reads all forms of msgpack that members of any age send or accept (protocol/gossip.md §1.2): text, bytes and the names
 * of fields also in the newer `bin` family, bytes also as a list of small integers. What follows the value is nobody's
 * concern.
 */
export class LenientReader extends MsgpackReader {
  override text(): string {
    if (!isBin(this.peek())) return super.text()
    const size = this.rawSize(true)
    this.at += size
    return this.bytes.toString('utf8', this.at - size, this.at)
  }

  override blob(): Buffer | null {
    return isList(this.peek()) ? this.#listedBytes() : super.blob()
  }

  override field(keys: FieldKeys, expected: number): number {
    return isBin(this.peek()) ? (keys.slots.get(this.text()) ?? -1) : super.field(keys, expected)
  }

  #listedBytes(): Buffer {
    const bytes = Buffer.alloc(this.listSize())
    for (let i = 0; i < bytes.length; i++) {
      const value = this.integer()
      if (value < 0 || value > 255) this.fail('expected a byte')
      bytes[i] = Number(value)
    }
    return bytes
  }
}

function isBin(tag: number): boolean {
  return tag >= 0xc4 && tag <= 0xc6
}

/** Whether a list begins with this byte. */
export function isList(tag: number): boolean {
  return (tag >= 0x90 && tag <= 0x9f) || tag === 0xdc || tag === 0xdd
}
