/** A check's output cut to its first `maxBytes` bytes of UTF-8, with a note of what was left out. */
export function limitOutput(output: string, maxBytes: number): string {
  const size = Buffer.byteLength(output)
  if (size <= maxBytes) return output
  const bytes = Buffer.from(output)
  let end = maxBytes
  // A character is kept whole or not at all.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)} ... (captured ${maxBytes} of ${size} bytes)`
}

/** Collects what a program or server says and keeps the last `maxBytes` bytes: what matters of a long output is its end. */
export class OutputTail {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #heldBytes = 0
  /** All that was added, kept or not. */
  totalBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(chunk: Buffer): void {
    this.totalBytes += chunk.length
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes > 2 * this.#maxBytes + 65536) this.#chunks = [this.#tail()]
  }

  get truncated(): boolean {
    return this.totalBytes > this.#maxBytes
  }

  text(): string {
    return this.#tail().toString('utf8')
  }

  #tail(): Buffer {
    const held = Buffer.concat(this.#chunks)
    const tail = held.subarray(Math.max(0, held.length - this.#maxBytes))
    this.#heldBytes = tail.length
    return tail
  }
}
