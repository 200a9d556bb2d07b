import { sealOverheadBytes } from '../encryption/seal.ts'

/** The keys of a pool; without any there is no encryption. May change at any time. */
export interface GossipKeys {
  /** What is encrypted with; undefined without keys. */
  readonly primary: Buffer | undefined
  /** All keys, the primary one first. */
  readonly keys: readonly Buffer[]
}

/** What lies around the messages of a pool: the same for all its packets and streams. */
export interface Layers {
  /** See `labelHeader`; empty without a label. */
  readonly label: Buffer
  readonly keys: GossipKeys
  /** Refuse what is not encrypted (`encrypt_verify_incoming`). */
  readonly verifyIncoming: boolean
  /** Encrypt what is sent (`encrypt_verify_outgoing`). */
  readonly verifyOutgoing: boolean
  /** Compress streams, and packets that get smaller by it. What others compressed is always understood. */
  readonly compress: boolean
  /** A random nonce of 12 bytes, another one with each call. */
  readonly nonce: () => Buffer
}

/** The key that what is sent gets encrypted with; undefined when it goes out as it is. */
export function sendingKey({ keys, verifyOutgoing }: Layers): Buffer | undefined {
  return verifyOutgoing ? keys.primary : undefined
}

/** What label and encryption add to each packet: it counts against the packet budget (protocol/gossip.md §3.6). */
export function packetOverheadBytes(layers: Layers): number {
  return layers.label.length + (sendingKey(layers) === undefined ? 0 : sealOverheadBytes[1])
}
