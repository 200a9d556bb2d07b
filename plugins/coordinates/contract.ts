import type { View } from '../../src/store/view.ts'
import type { Coordinate, CoordinateBatch } from '../../src/wire/structs/coordinate.ts'

/** Where a node stands in one network segment, as it is stored. */
export type CoordinateRow = Coordinate & { readonly CreateIndex: number; readonly ModifyIndex: number }

/** How far are nodes from this one? */
export interface RankQuestion {
  /** What may be read to find out. */
  readonly view: View
  /** The node's name, in any letter case. */
  readonly from: string
}

/** Estimated round trip to a node in seconds; Infinity to one whose place is not known. */
export type Distances = (node: string) => number

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    CoordinateBatchUpdate: CoordinateBatch
  }
  interface Tables {
    coordinates: CoordinateRow
  }
  interface Payloads {
    rankQuestion: RankQuestion
    distances: Distances
  }
}
