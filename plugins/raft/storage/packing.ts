import { crc32 } from 'node:zlib'
import type { Entry, EntryType } from '../core/messages.ts'

/**
 * Many entries in one buffer, which crosses to the worker and back without being copied. Per entry: a CRC-32 of all that follows;
 * index, term and time as doubles, type, length of data and of extensions (-1 for null); then both.
 */
const headerBytes = 37
const checksumBytes = 4

export function packEntries(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  let sizeBytes = 0
  for (const { data, extensions } of entries) sizeBytes += headerBytes + (data?.length ?? 0) + (extensions?.length ?? 0)
  const bytes = new Uint8Array(new ArrayBuffer(sizeBytes))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { index, term, type, data, extensions, appendedAtMs } of entries) {
    const checksumAt = at
    view.setFloat64(at + 4, index)
    view.setFloat64(at + 12, term)
    view.setFloat64(at + 20, appendedAtMs)
    bytes[at + 28] = type
    view.setInt32(at + 29, data?.length ?? -1)
    view.setInt32(at + 33, extensions?.length ?? -1)
    at += headerBytes
    if (data) bytes.set(data, at)
    at += data?.length ?? 0
    if (extensions) bytes.set(extensions, at)
    at += extensions?.length ?? 0
    view.setUint32(checksumAt, crc32(bytes.subarray(checksumAt + checksumBytes, at)))
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
    const dataBytes = view.getInt32(at + 29)
    const extensionBytes = view.getInt32(at + 33)
    const dataAt = at + headerBytes
    const extensionsAt = dataAt + Math.max(0, dataBytes)
    entries.push({
      index: view.getFloat64(at + 4),
      term: view.getFloat64(at + 12),
      type: bytes[at + 28] as EntryType,
      data: dataBytes < 0 ? null : windowOf(bytes, dataAt, dataBytes),
      extensions: extensionBytes < 0 ? null : windowOf(bytes, extensionsAt, extensionBytes),
      appendedAtMs: view.getFloat64(at + 20),
      checksum: view.getUint32(at),
    })
    at = extensionsAt + Math.max(0, extensionBytes)
  }
  return entries
}

/** The checksum `packEntries` would give this entry. */
export function checksumOfEntry(entry: Entry): number {
  return new DataView(packEntries([entry]).buffer).getUint32(0)
}

function windowOf(bytes: Uint8Array<ArrayBuffer>, at: number, length: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length)
}
