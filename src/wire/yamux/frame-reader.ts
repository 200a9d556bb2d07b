import { decodeHeader, type FrameHeader, frameType, headerBytes } from './frame.ts'

/** What comes in, frame by frame. */
export interface FrameSink {
  /** A header came; the bytes of a data frame follow it. */
  frame(header: FrameHeader): void
  /** Some of the bytes of the frame that is under way; `last` when no more of them follow. */
  bytes(piece: Buffer, last: boolean): void
}

/** Cuts what comes in on a connection into headers and the bytes behind them, which are handed on as they come. */
export class FrameReader {
  readonly #sink: FrameSink
  #header: Buffer = noBytes
  #left = 0

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** Reads `bytes` from `at` on, up to the end of a header or of a piece, and returns where that is. */
  read(bytes: Buffer, at: number): number {
    return this.#left === 0 ? this.#readHeader(bytes, at) : this.#readBytes(bytes, at)
  }

  #readHeader(bytes: Buffer, at: number): number {
    const to = Math.min(bytes.length, at + headerBytes - this.#header.length)
    const header =
      this.#header.length === 0 ? bytes.subarray(at, to) : Buffer.concat([this.#header, bytes.subarray(at, to)])
    if (header.length < headerBytes) {
      this.#header = header
      return to
    }
    this.#header = noBytes
    const decoded = decodeHeader(header)
    this.#left = decoded.type === frameType.data ? decoded.length : 0
    this.#sink.frame(decoded)
    return to
  }

  #readBytes(bytes: Buffer, at: number): number {
    const to = Math.min(bytes.length, at + this.#left)
    this.#left -= to - at
    this.#sink.bytes(bytes.subarray(at, to), this.#left === 0)
    return to
  }
}

const noBytes = Buffer.alloc(0)
