import { keyPrefix } from '../../src/store/keys.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { lookupName, services } from './tables.ts'

/**
 * Index rows say when something as a whole last changed; readers wait with them. Part of the replicated state: every
 * server must move the same ones at the same entry (protocol/servers.md §13.3).
 */

/** The instances of one service. */
export function serviceIndex(name: string): string {
  return `service.${lookupName(name)}`
}

/** All instances of one kind; ordinary services have the empty kind. */
export function kindIndex(kind: string): string {
  return `service_kind.${kind === '' ? 'typical' : lookupName(kind)}`
}

/** When the last instance of some service last went. What a reader of a service without instances waits with. */
export const extinctionIndex = 'service_last_extinction'

export function bumpService(tx: Transaction, { Service, Kind }: { Service: string; Kind: string }): void {
  tx.setTableIndex(serviceIndex(Service))
  tx.setTableIndex(kindIndex(Kind))
}

/** What is shown with each instance of the node has changed. */
export function bumpServicesOf(tx: Transaction, node: string): void {
  for (const service of tx.table(services).list(keyPrefix(lookupName(node)))) bumpService(tx, service)
}

/** Raises an index row to that of a restored row. The exact values come with the index rows of the snapshot. */
export function raise(tx: Transaction, name: string, index: number): void {
  if (tx.tableIndex(name) < index) tx.setTableIndex(name, index)
}

/** X-Consul-Index of a list of instances; with `andChecks` of one that shows their checks (protocol/servers.md §5.4). */
export function instancesIndex(view: View, names: readonly string[], andChecks: boolean): number {
  const own = view.tableIndex(...names.map(serviceIndex))
  if (own > 0) return own
  const extinction = view.tableIndex(extinctionIndex)
  if (names.length === 0 && extinction > 0) return extinction
  return andChecks ? view.tableIndex('nodes', 'services', 'checks') : view.tableIndex('nodes', 'services')
}
