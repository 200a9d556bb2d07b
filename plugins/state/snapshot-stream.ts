import type { View } from '../../src/store/view.ts'
import { type Infer, index, struct, text } from '../../src/wire/schema.ts'
import type { SnapshotRecords } from './contract.ts'

/** Record type of an index row (protocol/servers.md §15.1). */
export const indexRecord = 16

/** Where index rows come among the records: behind those of every feature, as a stage of the `snapshot` hook. */
export const indexStage = 1000

/** In front of all records: the highest index of the state. */
export const SnapshotHeader = struct('SnapshotHeader', { LastIndex: index() })

/** One row of table indexes. */
export const IndexRecord = struct('IndexRecord', { Key: text(), Value: index() })
export type IndexRecord = Infer<typeof IndexRecord>

/** Gathers what features add; the values themselves are drawn only when the stream is. */
export class RecordList implements SnapshotRecords {
  readonly #parts: { readonly type: number; readonly values: Iterable<Buffer> }[] = []

  add(type: number, values: Iterable<Buffer>): void {
    this.#parts.push({ type, values })
  }

  /** The header, then every record behind its type byte. */
  *stream(lastIndex: number): Generator<Buffer> {
    yield SnapshotHeader.encode({ LastIndex: lastIndex })
    for (const { type, values } of this.#parts) {
      const typeByte = Buffer.of(type)
      for (const value of values) yield Buffer.concat([typeByte, value])
    }
  }
}

/** The table indexes of a view as records. */
export function* indexRecords(view: View): Generator<Buffer> {
  for (const { Key, Value } of view.tableIndexes()) yield IndexRecord.encode({ Key, Value })
}
