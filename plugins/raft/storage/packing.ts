import { crc32 } from 'node:zlib'
import type { Entry, EntryType } from '../core/messages.ts'

/**
 * Many entries in one buffer, which crosses to the worker and back without being copied. Per entry: index, term and time as
 * doubles, type, length of data and of extensions (-1 for null), a CRC-32 of all that, data and extensions; then both.
 */
const headerBytes = 37
const checksumAt = 33

export function packEntries(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  let sizeBytes = 0
  for (const { data, extensions } of entries) sizeBytes += headerBytes + (data?.length ?? 0) + (extensions?.length ?? 0)
  const bytes = new Uint8Array(new ArrayBuffer(sizeBytes))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { index, term, type, data, extensions, appendedAtMs } of entries) {
    view.setFloat64(at, index)
    view.setFloat64(at + 8, term)
    view.setFloat64(at + 16, appendedAtMs)
    bytes[at + 24] = type
    view.setInt32(at + 25, data?.length ?? -1)
    view.setInt32(at + 29, extensions?.length ?? -1)
    view.setUint32(at + checksumAt, checksumOf(bytes.subarray(at, at + checksumAt), data, extensions))
    at += headerBytes
    if (data) bytes.set(data, at)
    at += data?.length ?? 0
    if (extensions) bytes.set(extensions, at)
    at += extensions?.length ?? 0
  }
  return bytes
}

/** An entry, and the checksum that was made when it was packed. */
export interface PackedEntry extends Entry {
  readonly checksum: number
}

/** The buffers of the entries are windows into `bytes`. */
export function unpackEntries(bytes: Uint8Array<ArrayBuffer>): PackedEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const entries: PackedEntry[] = []
  for (let at = 0; at < bytes.length; ) {
    const dataBytes = view.getInt32(at + 25)
    const extensionBytes = view.getInt32(at + 29)
    const dataAt = at + headerBytes
    const extensionsAt = dataAt + Math.max(0, dataBytes)
    entries.push({
      index: view.getFloat64(at),
      term: view.getFloat64(at + 8),
      type: bytes[at + 24] as EntryType,
      data: dataBytes < 0 ? null : windowOf(bytes, dataAt, dataBytes),
      extensions: extensionBytes < 0 ? null : windowOf(bytes, extensionsAt, extensionBytes),
      appendedAtMs: view.getFloat64(at + 16),
      checksum: view.getUint32(at + checksumAt),
    })
    at = extensionsAt + Math.max(0, extensionBytes)
  }
  return entries
}

/** The checksum `packEntries` would give this entry. */
export function checksumOfEntry(entry: Entry): number {
  return new DataView(packEntries([entry]).buffer).getUint32(checksumAt)
}

function checksumOf(header: Uint8Array, data: Buffer | null, extensions: Buffer | null): number {
  let checksum = crc32(header)
  if (data) checksum = crc32(data, checksum)
  if (extensions) checksum = crc32(extensions, checksum)
  return checksum
}

function windowOf(bytes: Uint8Array<ArrayBuffer>, at: number, length: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length)
}
