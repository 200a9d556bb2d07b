import { createCipheriv, createDecipheriv } from 'node:crypto'

/** 0 pads the plaintext to blocks of 16, as memberlist's first protocol did; everybody else sends 1. */
export type SealVersion = 0 | 1

export const nonceBytes = 12
const tagBytes = 16
const blockBytes = 16
const versionMax = 1

/** What sealing adds to a plaintext at most. */
export const sealOverheadBytes: Readonly<Record<SealVersion, number>> = {
  0: 1 + nonceBytes + tagBytes + blockBytes,
  1: 1 + nonceBytes + tagBytes,
}

/** Key lengths in bytes that choose AES-128, -192 and -256. */
export function isKeySize(sizeBytes: number): boolean {
  return sizeBytes === 16 || sizeBytes === 24 || sizeBytes === 32
}

/** Length in bytes of what `seal` makes of a plaintext. */
export function sealedBytes(plainBytes: number, version: SealVersion): number {
  const padding = version === 0 ? blockBytes - (plainBytes % blockBytes) : 0
  return sealOverheadBytes[1] + plainBytes + padding
}

/**
 * Encrypts with AES-GCM (protocol/gossip.md §3.7): version, nonce, ciphertext, tag. A nonce must never be used twice with
 * one key. `bound` is not sent, but `unseal` has to be given the same.
 */
export function seal(
  plain: Uint8Array,
  key: Buffer,
  nonce: Buffer,
  bound: Uint8Array,
  version: SealVersion = 1,
): Buffer {
  const cipher = createCipheriv(algorithmOf(key), key, nonce)
  cipher.setAAD(bound)
  const parts = [Buffer.from([version]), nonce, cipher.update(plain)]
  if (version === 0) {
    const padding = blockBytes - (plain.length % blockBytes)
    parts.push(cipher.update(Buffer.alloc(padding, padding)))
  }
  parts.push(cipher.final(), cipher.getAuthTag())
  return Buffer.concat(parts)
}

/** The plaintext of a sealed blob, by the first of the keys that fits; undefined when none does or it is no such blob. */
export function unseal(sealed: Buffer, keys: readonly Buffer[], bound: Uint8Array): Buffer | undefined {
  const version = sealed[0]
  if (version === undefined || version > versionMax || sealed.length < sealOverheadBytes[version as SealVersion]) {
    return undefined
  }
  for (const key of keys) {
    const plain = unsealWith(sealed, key, bound)
    if (plain !== undefined) return version === 0 ? withoutPadding(plain) : plain
  }
  return undefined
}

function unsealWith(sealed: Buffer, key: Buffer, bound: Uint8Array): Buffer | undefined {
  const nonce = sealed.subarray(1, 1 + nonceBytes)
  const tagAt = sealed.length - tagBytes
  const decipher = createDecipheriv(algorithmOf(key), key, nonce)
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(tagAt))
  const plain = decipher.update(sealed.subarray(1 + nonceBytes, tagAt))
  try {
    decipher.final()
    return plain
  } catch {
    // Another key, or not from a member: the tag does not fit. Node tells it in no other way.
    return undefined
  }
}

/** The sender held the key, yet what it padded may still be nonsense. */
function withoutPadding(plain: Buffer): Buffer | undefined {
  const padding = plain.at(-1) ?? 0
  if (padding < 1 || padding > blockBytes || padding > plain.length) return undefined
  return plain.subarray(0, plain.length - padding)
}

function algorithmOf(key: Buffer): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : key.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm'
}
