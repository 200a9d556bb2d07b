import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { coordinateBatch } from './batch.ts'
import { coordinates } from './tables.ts'

/** Record type of coordinates and their place in a snapshot (protocol/servers.md §15.1). */
export const coordinateRecord = { type: 6, stage: 200 } as const

/** Each a list of one. */
export function* coordinateRecords(view: View): Generator<Buffer> {
  for (const row of view.table(coordinates).list()) yield coordinateBatch.encode([row])
}

/** The records carry no index of their own: the table's comes with the index rows, else it is the snapshot's. */
export function restoreCoordinate(tx: Transaction, record: Buffer): true {
  for (const { Node, Segment, Coord } of coordinateBatch.decode(record) ?? []) {
    if (Coord === null) continue
    tx.table(coordinates).restore({ Node, Segment, Coord, CreateIndex: tx.index, ModifyIndex: tx.index })
  }
  if (tx.tableIndex('coordinates') < tx.index) tx.setTableIndex('coordinates', tx.index)
  return true
}
