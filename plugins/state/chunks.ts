import { InvariantError } from '../../src/kernel/assert.ts'
import { MsgpackReader } from '../../src/wire/msgpack-reader.ts'
import { writeMsgpack } from '../../src/wire/msgpack-writer.ts'
import { index, uint64 } from '../../src/wire/protobuf/kinds.ts'
import { field, message } from '../../src/wire/protobuf/message.ts'
import * as schema from '../../src/wire/schema.ts'

/** Record type of the pieces that wait for the rest of their write (protocol/servers.md §15.1). */
export const chunkRecord = 29

/** What a log entry says of the piece it carries (protocol/servers.md §12.2). */
interface ChunkExtension {
  /** Random, the same for all pieces of a write. */
  op_num: number | bigint
  sequence_num: number
  num_chunks: number
}

export const ChunkExtension = message<ChunkExtension>(
  () => ({ op_num: 0, sequence_num: 0, num_chunks: 0 }),
  [field(1, 'op_num', uint64), field(2, 'sequence_num', index), field(3, 'num_chunks', index)],
)

const ChunkInfo = schema.struct('ChunkInfo', {
  OpNum: schema.uint64(),
  SequenceNum: schema.int(),
  NumChunks: schema.int(),
  Term: schema.index(),
  Data: schema.bytes(),
})

/** More pieces than a write can have: Consul cuts at 512 KiB, so this is a gigabyte. */
const chunksMax = 2048

interface Piece {
  readonly term: number
  readonly data: Buffer
}

/** The pieces of one write; a hole where one has not come yet. */
type Pieces = readonly (Piece | undefined)[]

/**
 * Joins writes that Consul's leaders cut into several log entries. Part of the replicated state: every server holds the same
 * pieces at the same index. Values are replaced, never changed, so that a copy of the map is a snapshot.
 */
export class Chunks {
  #operations: ReadonlyMap<string, Pieces> = new Map()
  /** Term of the newest piece. A new leader knows nothing of what the one before began, so its first piece ends all that. */
  #term = 0

  /** Takes one piece; the whole write when it was the last one that was missing. */
  add(term: number, data: Buffer, extensions: Buffer): Buffer | undefined {
    const { op_num, sequence_num, num_chunks } = ChunkExtension.decode(extensions)
    if (num_chunks < 1 || num_chunks > chunksMax || sequence_num >= num_chunks) {
      throw new InvariantError(`the log holds piece ${sequence_num} of ${num_chunks} of a write, which cannot be`)
    }
    const operations = new Map(term === this.#term ? this.#operations : [])
    const key = String(op_num)
    const held = operations.get(key) ?? Array.from({ length: num_chunks }, () => undefined)
    const pieces = held.map((piece, at) => (at === sequence_num ? { term, data } : piece))
    const whole = pieces.every((piece) => piece !== undefined)
    if (whole) operations.delete(key)
    else operations.set(key, pieces)
    this.#operations = operations
    this.#term = term
    return whole ? Buffer.concat(pieces.map((piece) => piece!.data)) : undefined
  }

  /** Everything that waits, as the value of a snapshot record. Encoded when it is drawn. */
  record(): Iterable<Buffer> {
    return recordOf(this.#operations)
  }

  /** The same, read back. */
  static restore(record: Buffer): Chunks {
    const chunks = new Chunks()
    const reader = new MsgpackReader(record)
    for (let fields = reader.mapSize(); fields > 0; fields--) {
      if (reader.text() !== 'ChunkMap') reader.skip()
      else if (!reader.nil()) chunks.#readOperations(reader)
    }
    reader.end()
    return chunks
  }

  #readOperations(reader: MsgpackReader): void {
    const operations = new Map<string, Pieces>()
    for (let left = reader.mapSize(); left > 0; left--) {
      const key = String(reader.integer())
      const pieces: (Piece | undefined)[] = []
      for (let count = reader.listSize(); count > 0; count--) {
        if (reader.nil()) {
          pieces.push(undefined)
          continue
        }
        const { Term, Data } = ChunkInfo.read(reader)
        pieces.push({ term: Term, data: Data ?? Buffer.alloc(0) })
        this.#term = Math.max(this.#term, Term)
      }
      operations.set(key, pieces)
    }
    this.#operations = operations
  }
}

function writeOpNumber(
  writer: { integer(value: number): void; wideInteger(value: bigint): void },
  value: bigint,
): void {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) writer.integer(Number(value))
  else writer.wideInteger(value)
}

function* recordOf(operations: ReadonlyMap<string, Pieces>): Generator<Buffer> {
  yield writeMsgpack((writer) => {
    writer.mapHeader(1)
    writer.text('ChunkMap')
    writer.mapHeader(operations.size)
    for (const [key, pieces] of operations) {
      writeOpNumber(writer, BigInt(key))
      writer.listHeader(pieces.length)
      pieces.forEach((piece, SequenceNum) => {
        if (piece === undefined) writer.nil()
        else {
          const { term: Term, data: Data } = piece
          ChunkInfo.write(writer, { OpNum: BigInt(key), SequenceNum, NumChunks: pieces.length, Term, Data })
        }
      })
    }
  })
}
