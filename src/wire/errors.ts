import { ProconsulError } from '../kernel/errors.ts'

/**
 * Bytes that are not the msgpack message they should be: cut short, too deep, followed by something else, or of another
 * shape than the reader expects. `at` is the offset of the byte that could not be understood.
 */
export class MalformedMsgpackError extends ProconsulError {
  override readonly code = 'malformed_msgpack'
  override readonly status = 400
  /** Offset in bytes from the start of the message. */
  readonly at: number

  constructor(problem: string, at: number) {
    super(`Malformed msgpack at byte ${at}: ${problem}`)
    this.at = at
  }
}

/** Bytes that are no LZW stream, or one that holds more than the receiver takes. */
export class LzwError extends ProconsulError {
  override readonly code = 'malformed_lzw'
  override readonly status = 400

  constructor(problem: string) {
    super(`Malformed LZW stream: ${problem}`)
  }
}

/** What Consul puts before the reason on most endpoints; a few have a prefix of their own (`JsonOptions.prefix`). */
export const decodePrefix = 'Request decode failed: '

/**
 * A request body that is not JSON, or JSON of the wrong shape. `reason` stands alone (`field "Service.Port" must be a
 * number, not a string`) for an endpoint that introduces it in other words; the message carries the prefix.
 */
export class JsonDecodeError extends ProconsulError {
  override readonly code = 'json_decode'
  override readonly status = 400
  readonly reason: string

  constructor(reason: string, prefix: string = decodePrefix) {
    super(prefix + reason)
    this.reason = reason
  }
}
