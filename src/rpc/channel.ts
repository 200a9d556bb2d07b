import type { ProconsulError } from '../kernel/errors.ts'

/**
 * What a call runs on: a stream of a yamux session, or a connection of its own. Bytes in order in both directions; what
 * comes is held back until what came before was consumed.
 */
export interface Channel {
  /** Sends bytes, which must not change afterwards. */
  write(bytes: Buffer): void
  /** So many of the bytes that came are dealt with. */
  consumed(sizeBytes: number): void
  /** Ends our direction behind what is written. */
  close(): void
  /** Gives up both directions. */
  reset(): void
}

/** Who listens to a channel. */
export interface ChannelHandler {
  data(bytes: Buffer): void
  /** Nothing more comes. */
  ended(): void
  /** Nothing comes and nothing goes any more. */
  failed(error: ProconsulError): void
}
