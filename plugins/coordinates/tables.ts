import { keyOf, keyPrefix } from '../../src/store/keys.ts'
import { defineTable } from '../../src/store/table.ts'
import type { CoordinateRow } from './contract.ts'

/** Where nodes stand, by node and network segment. */
export const coordinates = defineTable({
  name: 'coordinates',
  key: (row: CoordinateRow) => keyOf(row.Node.toLowerCase(), row.Segment.toLowerCase()),
})

/** What every segment of a node is found under. */
export function nodePrefix(node: string): string {
  return keyPrefix(node.toLowerCase())
}
