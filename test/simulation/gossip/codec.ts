import type { SwimMessage } from '../../../plugins/gossip/core/messages.ts'
import { encodeMessage } from '../../../plugins/gossip/wire/message.ts'

const meant = Symbol('message')
type Marked = Buffer & { [meant]?: SwimMessage }

/**
 * The bytes of the wire, so that sizes are right, with the message they stand for attached: reading them back a thousand times
 * over would take most of a run. Wire's own tests hold that both are the same.
 */
export function encode(message: SwimMessage): Buffer {
  const bytes: Marked = encodeMessage(message)
  bytes[meant] = message
  return bytes
}

export function decode(part: Buffer): SwimMessage {
  return (part as Marked)[meant] ?? { type: 'user', payload: part.subarray(1) }
}
