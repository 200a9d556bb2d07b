import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import type { Ack, Ping } from '../core/messages.ts'
import { LenientReader } from '../serf/lenient-reader.ts'
import { decodeMessage } from './message.ts'
import { checkUserBytes, decodePushPull, type ReadPushPull } from './push-pull.ts'
import { errorRecord, messageType, userHeaderRecord } from './records.ts'

/** What one side says in a stream (protocol/gossip.md §4.3). */
export type StreamBody =
  | ({ readonly type: 'pushPull' } & ReadPushPull)
  | { readonly type: 'user'; readonly payload: Buffer }
  | Ping
  | Ack
  | { readonly type: 'error'; readonly reason: string }

/** A message to the layer above, as it stands in a stream. */
export function encodeUserBody(payload: Buffer): Buffer {
  return Buffer.concat([userHeaderRecord.encode({ UserMsgLen: payload.length }, messageType.user), payload])
}

/** Why the other side's words could not be read. */
export function encodeErrorBody(reason: string): Buffer {
  return errorRecord.encode({ Error: reason }, messageType.error)
}

/**
 * Reads what one side said, all of it. Undefined for a type that says nothing in a stream.
 *
 * @throws MalformedMsgpackError
 */
export function decodeBody(body: Buffer): StreamBody | undefined {
  switch (body[0]) {
    case messageType.pushPull:
      return { type: 'pushPull', ...decodePushPull(body) }
    case messageType.user: {
      const reader = new LenientReader(body, 1)
      const size = readUserHeader(reader)
      const payload = body.subarray(reader.at, reader.at + size)
      if (payload.length < size) throw new MalformedMsgpackError('the message is cut short', reader.at)
      return { type: 'user', payload: Buffer.from(payload) }
    }
    case messageType.ping:
    case messageType.ack:
      return decodeMessage(body) as Ping | Ack
    case messageType.error:
      return { type: 'error', reason: errorRecord.decode(body, 1).Error }
    default:
      return undefined
  }
}

/** The announced length of a message to the layer above. @throws MalformedMsgpackError */
export function readUserHeader(reader: LenientReader): number {
  const { UserMsgLen } = userHeaderRecord.read(reader)
  checkUserBytes(UserMsgLen, reader)
  return UserMsgLen
}
