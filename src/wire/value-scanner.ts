import { msgpackDepthMax } from './msgpack-reader.ts'

/** How many bytes of length follow a first byte, how many bytes or items there are beyond it, and values per item (0: bytes). */
interface Layout {
  readonly width: number
  readonly extra: number
  readonly children: 0 | 1 | 2
}

const layouts: readonly Layout[] = Array.from({ length: 256 }, (_, first) => layoutOf(first))

/**
 * Finds the end of a msgpack value in bytes that arrive in pieces. Raft's messages, the records of a snapshot and those of
 * a gossip stream follow one another without a length in front, so this is what cuts them apart. Each byte is looked at
 * once, and nothing is built.
 */
export class ValueScanner {
  /** Values still to come, per level of nesting; empty between two values. */
  #open: number[] = []
  /** Bytes of a number that tells a length, still to come, and what they say so far. */
  #widthLeft = 0
  #length = 0
  #layout: Layout = layouts[0]!
  /** Bytes of a text or number still to pass over. */
  #skip = 0
  readonly #problem: (reason: string) => Error

  /** `problem` makes the error for what cannot be a value. */
  constructor(problem: (reason: string) => Error) {
    this.#problem = problem
  }

  /** True when no value is half read. */
  get idle(): boolean {
    return this.#open.length === 0
  }

  /**
   * Looks at `bytes` from `start` on and returns where the value that is under way ends, or undefined when it goes on
   * behind them; then the next call continues with the bytes that follow.
   *
   * @throws the problem of a value that is nested too deeply
   */
  scan(bytes: Uint8Array, start: number): number | undefined {
    if (this.#open.length === 0) this.#open.push(1)
    const end = bytes.length
    let at = start
    for (;;) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, end - at)
        this.#skip -= step
        at += step
        if (this.#skip > 0) return undefined
      }
      if (this.#widthLeft > 0) {
        while (this.#widthLeft > 0 && at < end) {
          this.#length = this.#length * 256 + bytes[at++]!
          this.#widthLeft--
        }
        if (this.#widthLeft > 0) return undefined
        this.#sized()
        continue
      }
      this.#closeFull()
      if (this.#open.length === 0) return at
      if (at >= end) return undefined
      this.#open[this.#open.length - 1]!--
      this.#layout = layouts[bytes[at++]!]!
      this.#length = 0
      this.#widthLeft = this.#layout.width
      if (this.#widthLeft === 0) this.#sized()
    }
  }

  /** The size of the value whose first bytes were read is known. */
  #sized(): void {
    const { extra, children } = this.#layout
    const count = this.#length + extra
    if (children === 0) this.#skip = count
    else if (count > 0) {
      if (this.#open.length > msgpackDepthMax) throw this.#problem('it is nested too deeply')
      this.#open.push(count * children)
    }
  }

  #closeFull(): void {
    while (this.#open.length > 0 && this.#open[this.#open.length - 1] === 0) this.#open.pop()
  }
}

function layoutOf(first: number): Layout {
  const bytes = (extra: number): Layout => ({ width: 0, extra, children: 0 })
  const counted = (width: number, children: Layout['children'] = 0, extra = 0): Layout => ({ width, extra, children })
  if (first < 0x80 || first >= 0xe0) return bytes(0)
  if (first < 0x90) return { width: 0, extra: first & 0x0f, children: 2 }
  if (first < 0xa0) return { width: 0, extra: first & 0x0f, children: 1 }
  if (first < 0xc0) return bytes(first & 0x1f)
  if (first < 0xc4) return bytes(0)
  if (first < 0xc7) return counted(1 << (first - 0xc4))
  if (first < 0xca) return counted(1 << (first - 0xc7), 0, 1)
  if (first < 0xcc) return bytes(first === 0xca ? 4 : 8)
  if (first < 0xd0) return bytes(1 << (first - 0xcc))
  if (first < 0xd4) return bytes(1 << (first - 0xd0))
  if (first < 0xd9) return bytes(1 + (1 << (first - 0xd4)))
  if (first < 0xdc) return counted(1 << (first - 0xd9))
  return counted(first % 2 === 0 ? 2 : 4, first < 0xde ? 1 : 2)
}
