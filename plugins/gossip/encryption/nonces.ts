import { randomFillSync } from 'node:crypto'
import { nonceBytes } from './seal.ts'

const batch = 256

/**
 * Gives random nonces, another one with each call. They are drawn from the system's source in batches, which costs a tenth
 * of drawing each by itself.
 */
export function randomNonces(): () => Buffer {
  const pool = Buffer.alloc(batch * nonceBytes)
  let at = pool.length
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    const nonce = Buffer.from(pool.subarray(at, at + nonceBytes))
    at += nonceBytes
    return nonce
  }
}
