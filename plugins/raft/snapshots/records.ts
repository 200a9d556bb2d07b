import { ValueScanner } from '../../../src/wire/value-scanner.ts'
import { SnapshotStreamError } from '../errors.ts'

/** No record is larger: a KV value has at most half a MiB by default and a few in the largest setting. */
const recordBytesMax = 512 * 2 ** 20

/**
 * Cuts the stream of a snapshot into its records again: the header, which is one msgpack value, then records of a type byte and
 * one value each (protocol/servers.md §15.1). The stream may be cut anywhere, as a network does.
 *
 * @throws SnapshotStreamError when it is not such a stream or ends within a record
 */
export async function* splitRecords(stream: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const scanner = new ValueScanner((reason) => new SnapshotStreamError(reason))
  /** Pieces of a record that began in earlier chunks. */
  let pieces: Buffer[] = []
  let heldBytes = 0
  /** True while the type byte of the next record is still to come. */
  let typeNext = false
  for await (const bytes of stream) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let start = 0
    let at = 0
    while (at < chunk.length) {
      if (typeNext) {
        typeNext = false
        at++
        continue
      }
      const end = scanner.scan(chunk, at)
      if (end === undefined) break
      pieces.push(chunk.subarray(start, end))
      yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
      pieces = []
      heldBytes = 0
      start = end
      at = end
      typeNext = true
    }
    if (start < chunk.length) {
      pieces.push(chunk.subarray(start))
      heldBytes += chunk.length - start
      if (heldBytes > recordBytesMax) throw new SnapshotStreamError('a record is too large')
    }
  }
  if (pieces.length > 0) throw new SnapshotStreamError('it ends within a record')
}
