import type { Transaction } from '../../src/store/transaction.ts'
import type { CoordinateBatch } from '../../src/wire/structs/coordinate.ts'
import type { CatalogLookup } from '../catalog/contract.ts'
import { isValid } from './nearest.ts'
import { coordinates, nodePrefix } from './tables.ts'

/**
 * Carries out one CoordinateBatchUpdate command (protocol/servers.md §13.5). Nodes that are not in the catalog, by now or
 * yet, are skipped: coordinates go with their node, and nobody would take these away again.
 */
export function applyCoordinates(tx: Transaction, batch: CoordinateBatch, catalog: CatalogLookup): null {
  const table = tx.table(coordinates)
  for (const { Node, Segment, Coord } of batch ?? []) {
    if (Coord !== null && isValid(Coord) && catalog.hasNode(tx, Node)) table.put({ Node, Segment, Coord })
  }
  tx.setTableIndex('coordinates')
  return null
}

/** A node that leaves the catalog takes its coordinates with it. */
export function forgetNode(tx: Transaction, node: string): void {
  const table = tx.table(coordinates)
  const rows = table.list(nodePrefix(node))
  if (rows.length === 0) return
  for (const row of rows) table.delete(coordinates.key(row))
  tx.setTableIndex('coordinates')
}
