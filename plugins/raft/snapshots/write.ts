import type { Clock } from '../../../src/kernel/clock.ts'
import type { StateSnapshot } from '../contract.ts'
import type { SnapshotMeta } from '../core/messages.ts'
import type { LogStore, StoredSnapshot } from '../storage/log-store.ts'

/** Bytes that cross to the store at once. */
const chunkBytes = 128 * 2 ** 10
/** For how long records are drawn before everything else gets its turn. */
const turnMs = 2

/**
 * Writes a frozen view into the store while new entries apply: a little at a time, since drawing records is work on the
 * thread that also answers requests.
 */
export async function writeSnapshot(
  store: LogStore,
  meta: SnapshotMeta,
  state: StateSnapshot,
  clock: Clock,
): Promise<StoredSnapshot> {
  const writer = await store.beginSnapshot(meta)
  try {
    let parts: Buffer[] = []
    let sizeBytes = 0
    let turnEndsAtMs = clock.monotonicMs() + turnMs
    for (const record of state.records) {
      parts.push(record)
      sizeBytes += record.length
      if (sizeBytes >= chunkBytes) {
        await writer.write(Buffer.concat(parts))
        parts = []
        sizeBytes = 0
      }
      if (clock.monotonicMs() >= turnEndsAtMs) {
        await othersTurn()
        turnEndsAtMs = clock.monotonicMs() + turnMs
      }
    }
    if (sizeBytes > 0) await writer.write(Buffer.concat(parts))
    return await writer.commit()
  } catch (error) {
    await writer.abort()
    throw error
  } finally {
    state.release?.()
  }
}

/** Lets sockets, timers and the log have their turn. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
