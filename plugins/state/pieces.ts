import type { Random } from '../../src/kernel/random.ts'
import { ChunkExtension } from './chunks.ts'
import type { EntryPiece } from './contract.ts'

/** Most bytes of a log entry, where a command may be cut at all: Consul's own number (protocol/servers.md §12.2). */
export const pieceBytesMax = 512 * 1024

/**
 * Cuts what is too large for one log entry into several, in the order in which they have to stand there. Undefined for what
 * fits. Chunks joins them again, on every server.
 */
export function cut(data: Buffer, random: Random): readonly EntryPiece[] | undefined {
  if (data.length <= pieceBytesMax) return undefined
  const num_chunks = Math.ceil(data.length / pieceBytesMax)
  const op_num = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32))
  return Array.from({ length: num_chunks }, (_, sequence_num) => ({
    data: data.subarray(sequence_num * pieceBytesMax, (sequence_num + 1) * pieceBytesMax),
    extensions: ChunkExtension.encode({ op_num, sequence_num, num_chunks }),
  }))
}
