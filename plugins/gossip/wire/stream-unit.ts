import { seal, sealedBytes } from '../encryption/seal.ts'
import { compress } from './compress.ts'
import { labelBytes } from './label.ts'
import { type Layers, sendingKey } from './layers.ts'
import { messageType } from './records.ts'

/** Type byte and length in front of an encrypted unit. */
export const frameHeaderBytes = 5

/**
 * What one side of a stream sends (protocol/gossip.md §4.1): the body, compressed if the pool does that, in an encrypted
 * frame if it does that. The dialler puts the label header in front, the acceptor does not.
 */
export function encodeUnit(body: Buffer, layers: Layers): Buffer {
  const plain = layers.compress ? compress(body) : body
  const key = sendingKey(layers)
  if (key === undefined) return plain
  const header = Buffer.alloc(frameHeaderBytes)
  header[0] = messageType.encrypt
  header.writeUInt32BE(sealedBytes(plain.length, 1), 1)
  return Buffer.concat([header, seal(plain, key, layers.nonce(), boundBytes(header, layers))])
}

/** What encryption in a stream is bound to (§4.2). */
export function boundBytes(header: Buffer, layers: Layers): Buffer {
  return Buffer.concat([header, labelBytes(layers.label)])
}
