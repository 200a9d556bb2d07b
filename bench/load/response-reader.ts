/** What a client of one connection with one request in flight needs to know of the answer. */
export interface Response {
  readonly status: number
  /** Whole answer, head and body. */
  readonly sizeBytes: number
}

const headEnd = Buffer.from('\r\n\r\n')
const lengthHeader = Buffer.from('\r\nContent-Length: ')

/**
 * Finds where an HTTP/1.1 response ends: as little parsing as will do, because what the load generator does per answer
 * must not be what is measured. Knows only `Content-Length`, spelt as Node spells it, and throws on anything else.
 */
export class ResponseReader {
  /** The beginning of an answer that came in several pieces. */
  #held: Buffer | undefined

  /** Takes the next bytes; returns the answer when it is complete. The bytes may be overwritten afterwards. */
  take(bytes: Buffer): Response | undefined {
    const all = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes])
    const headBytes = all.indexOf(headEnd)
    if (headBytes >= 0) {
      const sizeBytes = headBytes + headEnd.length + contentLength(all, headBytes)
      if (all.length > sizeBytes) throw new Error('more came than the answer to the one request')
      if (all.length === sizeBytes) {
        this.#held = undefined
        return { status: status(all), sizeBytes }
      }
    }
    this.#held = this.#held === undefined ? Buffer.from(bytes) : all
    return undefined
  }
}

function contentLength(bytes: Buffer, headBytes: number): number {
  const at = bytes.indexOf(lengthHeader)
  if (at < 0 || at > headBytes) {
    throw new Error(`an answer without Content-Length:\n${bytes.toString('latin1', 0, headBytes)}`)
  }
  return decimal(bytes, at + lengthHeader.length)
}

/** From `HTTP/1.1 200 OK`. */
function status(bytes: Buffer): number {
  return decimal(bytes, 9)
}

function decimal(bytes: Buffer, at: number): number {
  let value = 0
  for (let digit = bytes[at]! - 48; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) value = 10 * value + digit
  return value
}
