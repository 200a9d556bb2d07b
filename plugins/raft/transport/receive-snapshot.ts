import { SnapshotStreamError } from '../errors.ts'
import { splitRecords } from '../snapshots/records.ts'
import type { SnapshotWriter } from '../storage/log-store.ts'

/** Bytes that cross to the store at once. */
const chunkBytes = 128 * 2 ** 10

/**
 * Stores the bytes of a snapshot as they come, and checks on the way that they are the records of one
 * (protocol/servers.md §15.1): the state is replaced only by a stream that is whole.
 *
 * @throws SnapshotStreamError, or what reading or storing threw; then nothing is kept
 */
export async function storeSnapshot(
  writer: SnapshotWriter,
  sizeBytes: number,
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  try {
    let records = 0
    for await (const _ of splitRecords(stored(writer, chunks))) records++
    if (records === 0) throw new SnapshotStreamError(`of ${sizeBytes} bytes none is a record`)
    await writer.commit()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Passes the stream on once it is written, in larger pieces than the network's. */
async function* stored(writer: SnapshotWriter, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let pieces: Buffer[] = []
  let heldBytes = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < chunkBytes) continue
    const bytes = Buffer.concat(pieces)
    pieces = []
    heldBytes = 0
    await writer.write(bytes)
    yield bytes
  }
  if (heldBytes === 0) return
  const rest = Buffer.concat(pieces)
  await writer.write(rest)
  yield rest
}
