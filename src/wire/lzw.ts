import { LzwError } from './errors.ts'

const clearCode = 256
const endCode = 257
const widthMin = 9
const widthMax = 12
const codeLimit = 1 << widthMax
/** The encoder starts anew when it has given out this code, one before the last that fits. */
const encoderLimit = codeLimit - 1

/** Open addressing over at most 3838 strings: less than half full. */
const tableSize = 8192
const tableMask = tableSize - 1
/** Which strings the encoder knows: `generation << 20 | prefix << 8 | byte`. Older generations count as empty. */
const knownKeys = new Uint32Array(tableSize)
const knownCodes = new Uint16Array(tableSize)
const generationMax = 0xfff
let generation = 0

/**
 * LZW with the least significant bit first and 8-bit literals (protocol/gossip.md §3.4), bit for bit as memberlist sends
 * it. Random bytes grow by an eighth and a half; text shrinks to a half.
 */
export function lzwEncode(bytes: Uint8Array): Buffer {
  // A byte takes at most one code of 12 bits; a clear code comes once in 3838 codes.
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * widthMax + (bytes.length >> 8)) / 8) + 8)
  let at = 0
  let bits = clearCode
  let bitCount = widthMin
  let width = widthMin
  let hi = endCode
  let overflow = 1 << widthMin
  forgetStrings()
  const end = bytes.length
  let next = 0
  while (next < end) {
    let prefix = bytes[next++]!
    let slot = 0
    let key = 0
    while (next < end) {
      key = ((generation << 20) | (prefix << 8) | bytes[next]!) >>> 0
      slot = slotOf(key)
      if (knownKeys[slot] !== key) break
      prefix = knownCodes[slot]!
      next++
    }
    bits |= prefix << bitCount
    bitCount += width
    while (bitCount >= 8) {
      out[at++] = bits
      bits >>>= 8
      bitCount -= 8
    }
    hi++
    if (hi === overflow) {
      width++
      overflow <<= 1
    }
    if (hi === encoderLimit) {
      bits |= clearCode << bitCount
      bitCount += width
      width = widthMin
      hi = endCode
      overflow = 1 << widthMin
      forgetStrings()
    } else if (next < end) {
      knownKeys[slot] = key
      knownCodes[slot] = hi
    }
  }
  bits |= endCode << bitCount
  bitCount += width
  for (; bitCount > 0; bitCount -= 8) {
    out[at++] = bits
    bits >>>= 8
  }
  return out.subarray(0, at)
}

/** Where a string stands in the table, or would stand. */
function slotOf(key: number): number {
  let slot = (Math.imul(key, 0x9e3779b1) >>> 19) & tableMask
  for (;;) {
    const known = knownKeys[slot]!
    if (known === key || known >>> 20 !== generation) return slot
    slot = (slot + 1) & tableMask
  }
}

function forgetStrings(): void {
  if (++generation <= generationMax) return
  knownKeys.fill(0)
  generation = 1
}

/** Where each of the decoder's strings stands in the output. */
const starts = new Uint32Array(codeLimit)
const lengths = new Uint32Array(codeLimit)

/**
 * Reads what `lzwEncode` writes, and streams without the clear code in front, which old senders leave out. The result is
 * in a buffer of its own.
 *
 * @throws LzwError when the stream is cut short, has a code that cannot be, or gives more than `limitBytes`
 */
export function lzwDecode(bytes: Uint8Array, limitBytes: number): Buffer {
  let out: Buffer = Buffer.allocUnsafe(Math.min(limitBytes, Math.max(64, bytes.length * 3)))
  let size = 0
  let bits = 0
  let bitCount = 0
  let width = widthMin
  let hi = endCode
  // Where the string of the code before stands. None after a clear code, and none once the table is full.
  let lastStart = 0
  let lastLength = 0
  for (let at = 0; ; ) {
    while (bitCount < width) {
      if (at === bytes.length) throw new LzwError('it is cut short')
      bits |= bytes[at++]! << bitCount
      bitCount += 8
    }
    const code = bits & ((1 << width) - 1)
    bits >>>= width
    bitCount -= width
    if (code === endCode) return out.subarray(0, size)
    if (code === clearCode) {
      width = widthMin
      hi = endCode
      lastLength = 0
      continue
    }
    // The string that this code completes: the one before, and the byte that follows it in the output.
    if (lastLength > 0) {
      starts[hi] = lastStart
      lengths[hi] = lastLength + 1
    }
    const start = size
    if (code > hi) throw new LzwError('it has a code that means nothing')
    const length = code < clearCode ? 1 : lengths[code]!
    if (length > out.length - size) {
      if (length > limitBytes - size) throw new LzwError(`it holds more than ${limitBytes} bytes`)
      out = grown(out, size, size + length, limitBytes)
    }
    if (code < clearCode) out[size++] = code
    else {
      let from = starts[code]!
      // Byte by byte, forwards: a string may reach into what is being written.
      for (const stop = size + length; size < stop; ) out[size++] = out[from++]!
    }
    lastStart = start
    // A full table stays as it is until a clear code: no string follows the last one.
    lastLength = hi === codeLimit - 1 ? 0 : length
    if (hi < codeLimit - 1 && ++hi === 1 << width) width++
  }
}

function grown(out: Buffer, size: number, leastBytes: number, limitBytes: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.min(limitBytes, Math.max(leastBytes, out.length * 2)))
  out.copy(larger, 0, 0, size)
  return larger
}
