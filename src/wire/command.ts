import { MalformedMsgpackError } from './errors.ts'
import type { MsgpackWriter } from './msgpack-writer.ts'
import { writeMsgpack } from './msgpack-writer.ts'

/** Set in a type byte: servers that do not know the command pass over it instead of stopping (protocol/servers.md §12). */
export const ignorableCommand = 0x80

/** What a log entry starts with. */
export interface CommandType {
  /** 0 … 127, see protocol/servers.md §12.1. */
  readonly type: number
  /** Whether a server that does not know `type` may skip the entry. */
  readonly ignorable: boolean
}

/** Data of a log entry: the type byte, `ignorableCommand` included where it applies, and the body. */
export function encodeCommand<T>(
  type: number,
  body: { write(writer: MsgpackWriter, value: T): void },
  value: T,
): Buffer {
  return writeMsgpack((writer) => {
    writer.byte(type)
    body.write(writer, value)
  })
}

/** Reads the type byte. Throws MalformedMsgpackError when there is none. */
export function decodeCommandType(data: Buffer): CommandType {
  const first = data[0]
  if (first === undefined) throw new MalformedMsgpackError('a command without its type byte', 0)
  return { type: first & ~ignorableCommand, ignorable: first >= ignorableCommand }
}

/** The msgpack body behind the type byte, sharing its memory. */
export function commandBody(data: Buffer): Buffer {
  return data.subarray(1)
}
