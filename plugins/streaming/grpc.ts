/** What of gRPC's protocol over HTTP/2 a server that streams answers needs (grpc.io, "gRPC over HTTP2"). */

/** Codes that a call may end with. */
export const grpcStatus = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  resourceExhausted: 8,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const
export type GrpcStatus = (typeof grpcStatus)[keyof typeof grpcStatus]

/** How a call ended that did not end well. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly status: GrpcStatus

  constructor(status: GrpcStatus, message: string) {
    super(message)
    this.status = status
  }
}

const prefixBytes = 5

/** A message with its prefix: not compressed, and how long. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  message.copy(framed, prefixBytes)
  return framed
}

/** A subscription is a few names; a request that is longer is none. */
const requestBytesMax = 64 * 1024

/**
 * Collects the bytes of a request until its one message is there.
 *
 * @throws GrpcError when it is compressed or too long
 */
export class RequestMessage {
  #bytes = Buffer.alloc(0)

  /** The message, once it is whole. */
  add(chunk: Buffer): Buffer | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (this.#bytes.length < prefixBytes) return undefined
    if (this.#bytes[0] !== 0) throw new GrpcError(grpcStatus.unimplemented, 'compressed messages are not understood')
    const sizeBytes = this.#bytes.readUInt32BE(1)
    if (sizeBytes > requestBytesMax) {
      throw new GrpcError(
        grpcStatus.resourceExhausted,
        `a request of ${sizeBytes} bytes is longer than ${requestBytesMax}`,
      )
    }
    const end = prefixBytes + sizeBytes
    return this.#bytes.length < end ? undefined : this.#bytes.subarray(prefixBytes, end)
  }
}

/** The header `grpc-message`: everything but printable ASCII, and the percent sign, is escaped. */
export function encodeGrpcMessage(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}
