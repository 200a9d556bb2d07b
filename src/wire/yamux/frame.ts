/**
 * Frames of yamux, which carries many streams on one connection (protocol/servers.md §2): a header of 12 bytes, and
 * behind that of a data frame as many bytes as it says.
 */

export const headerBytes = 12

export const frameType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const
export type FrameType = (typeof frameType)[keyof typeof frameType]

/** `syn` begins a stream or asks, `ack` accepts or answers, `fin` ends one direction, `rst` ends the stream at once. */
export const flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const

/** Why a session ends, as the other side is told. */
export const goAwayCode = { normal: 0, protocolError: 1, internalError: 2 } as const

/** Stream 0 is the session itself: pings and the end. */
export const sessionId = 0

/** What each side may send of a stream before the other has read some of it. */
export const windowBytes = 256 * 1024

export interface FrameHeader {
  readonly version: number
  /** As received, which may be none of `frameType`. */
  readonly type: number
  readonly flags: number
  readonly streamId: number
  /** Bytes that follow, credit that is given, the value of a ping, or the code of a goodbye. */
  readonly length: number
}

export function encodeHeader(type: FrameType, flags: number, streamId: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes)
  header[0] = 0
  header[1] = type
  header.writeUInt16BE(flags, 2)
  header.writeUInt32BE(streamId, 4)
  header.writeUInt32BE(length, 8)
  return header
}

/** Reads the 12 bytes at `at`, which must be there. */
export function decodeHeader(bytes: Buffer, at = 0): FrameHeader {
  return {
    version: bytes[at]!,
    type: bytes[at + 1]!,
    flags: bytes.readUInt16BE(at + 2),
    streamId: bytes.readUInt32BE(at + 4),
    length: bytes.readUInt32BE(at + 8),
  }
}
