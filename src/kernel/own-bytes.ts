/**
 * The same bytes in memory of their own. Small buffers are cut from a pool that they keep alive as long as they are:
 * thousands of kept answers of 200 bytes would weigh several KiB each. One with memory of its own weighs what it says.
 */
export function ownBytes(bytes: Buffer): Buffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.byteLength)
  bytes.copy(own)
  return own
}
