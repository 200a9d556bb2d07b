import { SnapshotStreamError } from '../errors.ts'

/** No record is larger: a KV value has at most half a MiB by default and a few in the largest setting. */
const recordBytesMax = 512 * 2 ** 20
const depthMax = 64

/**
 * Cuts the stream of a snapshot into its records again: the header, which is one msgpack value, then records of a type byte and
 * one value each (protocol/servers.md §15.1). The stream may be cut anywhere, as a network does.
 *
 * @throws SnapshotStreamError when it is not such a stream or ends within a record
 */
export async function* splitRecords(stream: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  let valueAt = 0
  /** Fewest bytes that a record still under way can have, so that large ones are not scanned once per chunk. */
  let needed = 1
  for await (const chunk of stream) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    let start = 0
    while (held.length - start >= needed) {
      const end = endOfValue(held, start + valueAt)
      if (end === undefined) {
        needed = Math.max(needed, Math.min(2 * (held.length - start), held.length - start + 65_536))
        if (held.length - start > recordBytesMax) throw new SnapshotStreamError('a record is too large')
        break
      }
      yield held.subarray(start, end)
      start = end
      valueAt = 1
      needed = 2
    }
    held = held.subarray(start)
  }
  while (held.length > 0) {
    const end = endOfValue(held, valueAt)
    if (end === undefined) throw new SnapshotStreamError('it ends within a record')
    yield held.subarray(0, end)
    held = held.subarray(end)
    valueAt = 1
  }
}

/** Where the msgpack value at `start` ends, or undefined when it is not all there. */
function endOfValue(bytes: Buffer, start: number): number | undefined {
  let at = start
  /** Values still to come, per level of nesting. */
  const open = [1]
  while (open.length > 0) {
    if (open[open.length - 1] === 0) {
      open.pop()
      continue
    }
    open[open.length - 1]!--
    const first = bytes[at]
    if (first === undefined) return undefined
    const { width, extra, children } = layoutOf(first)
    at += 1
    let length = 0
    if (width > 0) {
      if (at + width > bytes.length) return undefined
      length = bytes.readUIntBE(at, width)
      at += width
    }
    at += children === 0 ? extra + length : 0
    if (at > bytes.length) return undefined
    if (children > 0) {
      if (open.length >= depthMax) throw new SnapshotStreamError('it is nested too deeply')
      open.push((extra + length) * children)
    }
  }
  return at
}

/** `width` bytes of length, `extra` bytes or items beyond it, and values per item (0: bytes). */
interface Layout {
  readonly width: number
  readonly extra: number
  readonly children: 0 | 1 | 2
}

const layouts: readonly Layout[] = Array.from({ length: 256 }, (_, first) => layout(first))

function layoutOf(first: number): Layout {
  return layouts[first]!
}

function layout(first: number): Layout {
  const bytes = (extra: number): Layout => ({ width: 0, extra, children: 0 })
  const counted = (width: number, children: Layout['children'] = 0, extra = 0): Layout => ({ width, extra, children })
  if (first < 0x80 || first >= 0xe0) return bytes(0)
  if (first < 0x90) return { width: 0, extra: first & 0x0f, children: 2 }
  if (first < 0xa0) return { width: 0, extra: first & 0x0f, children: 1 }
  if (first < 0xc0) return bytes(first & 0x1f)
  if (first < 0xc4) return bytes(0)
  if (first < 0xc7) return counted(1 << (first - 0xc4))
  if (first < 0xca) return counted(1 << (first - 0xc7), 0, 1)
  if (first < 0xcc) return bytes(first === 0xca ? 4 : 8)
  if (first < 0xd0) return bytes(1 << (first - 0xcc))
  if (first < 0xd4) return bytes(1 << (first - 0xd0))
  if (first < 0xd9) return bytes(1 + (1 << (first - 0xd4)))
  if (first < 0xdc) return counted(1 << (first - 0xd9))
  return counted(first % 2 === 0 ? 2 : 4, first < 0xde ? 1 : 2)
}
