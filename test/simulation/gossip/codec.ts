import type { SwimMessage } from '../../../plugins/gossip/core/messages.ts'
import { encodeMessage } from '../../../plugins/gossip/wire/message.ts'
import { ownBytes } from '../../../src/kernel/own-bytes.ts'

const meant = Symbol('message')
type Marked = Buffer & { [meant]?: SwimMessage }

/**
 * The bytes of the wire, so that sizes are right, with the message they stand for attached: reading them back a thousand times
 * over would take most of a run. Wire's own tests hold that both are the same.
 */
export function encode(message: SwimMessage): Buffer {
  // What waits in a queue is copied out of its pool first, and the mark does not travel with the copy.
  const bytes: Marked = ownBytes(encodeMessage(message))
  bytes[meant] = message
  return bytes
}

export function decode(part: Buffer): SwimMessage {
  return (part as Marked)[meant] ?? { type: 'user', payload: part.subarray(1) }
}
