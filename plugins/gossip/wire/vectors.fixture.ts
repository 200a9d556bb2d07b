import { readFileSync } from 'node:fs'
import { noKeys } from '../encryption/keyring.ts'
import { labelHeader } from './label.ts'
import type { Layers } from './layers.ts'

/** One entry of the recorded bytes (protocol/gossip.md §14). */
export interface GossipVector {
  readonly name: string
  readonly transport: 'udp' | 'tcp'
  readonly direction: 'agent->peer' | 'peer->agent'
  readonly layer?: 'message'
  readonly label?: string
  readonly key?: { readonly base64: string; readonly hex: string }
  readonly bytes_hex: string
  readonly accepted?: boolean
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the vector
  readonly decoded: any
}

export const gossipVectors: readonly GossipVector[] = JSON.parse(
  readFileSync(new URL('../gossip-vectors.json', import.meta.url), 'utf8'),
)

/** The layers a vector was recorded with; the nonce is the recorded one. */
export function layersOf({ label = '', key, decoded }: GossipVector): Layers {
  const { layers } = decoded
  const encryption = layers.find(({ type }: { type: string }) => type === 'encryption')
  const secret = key && Buffer.from(key.hex, 'hex')
  return {
    label: labelHeader(label),
    keys: secret ? { primary: secret, keys: [secret] } : noKeys,
    verifyIncoming: true,
    verifyOutgoing: true,
    compress: layers.some(({ type }: { type: string }) => type === 'compress'),
    nonce: () => Buffer.from(encryption.nonce_hex, 'hex'),
  }
}
