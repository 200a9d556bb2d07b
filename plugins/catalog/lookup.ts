import { keyOf } from '../../src/store/keys.ts'
import type { CatalogLookup } from './contract.ts'
import { checks, lookupName, nodes } from './tables.ts'

/** The catalog as commands of other features see it. */
export const catalogLookup: CatalogLookup = {
  hasNode: (tx, name) => tx.table(nodes).has(lookupName(name)),
  checkStatus: (tx, node, checkId) => tx.table(checks).get(keyOf(lookupName(node), lookupName(checkId)))?.Status,
}
