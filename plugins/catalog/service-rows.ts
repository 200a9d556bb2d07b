import { sameService } from '../../src/rules/equality.ts'
import { serviceMetaFlaw } from '../../src/rules/service-meta.ts'
import { keyOf } from '../../src/store/keys.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { NodeService } from '../../src/wire/structs/catalog.ts'
import { deleteCheck } from './check-rows.ts'
import type { ServiceRow } from './contract.ts'
import { CatalogRefusedError } from './errors.ts'
import { bumpService, extinctionIndex, kindIndex, serviceIndex } from './index-rows.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/** Writes an instance that is new or has changed. Its node must be there. */
export function ensureService(tx: Transaction, node: string, service: NodeService): void {
  const row = toServiceRow(node, service)
  const held = tx.table(services).get(keyOf(lookupName(node), lookupName(service.ID)))
  if (held !== undefined && sameService(held, row)) return
  const flaw = serviceMetaFlaw(service.Kind, service.Meta)
  if (flaw !== undefined) {
    throw new CatalogRefusedError(`Invalid Service Meta for node ${node} and serviceID ${service.ID}: ${flaw}`)
  }
  if (!tx.table(nodes).has(lookupName(node))) throw new CatalogRefusedError('Missing node registration')
  tx.table(services).put(row)
  tx.setTableIndex('services')
  bumpService(tx, service)
}

/** Removes an instance with its checks. With the last instance of a service its index row goes too. */
export function deleteService(tx: Transaction, node: string, id: string): void {
  const table = tx.table(services)
  const key = keyOf(lookupName(node), lookupName(id))
  const service = table.get(key)
  if (service === undefined) return
  for (const { CheckID } of tx.table(checks).index('byInstance').get(key)) deleteCheck(tx, node, CheckID)
  tx.setTableIndex('checks')
  table.delete(key)
  tx.setTableIndex('services')
  tx.setTableIndex(kindIndex(service.Kind))
  if (table.index('byName').has(lookupName(service.Service))) {
    tx.setTableIndex(serviceIndex(service.Service))
    return
  }
  tx.deleteTableIndex(serviceIndex(service.Service))
  tx.setTableIndex(extinctionIndex)
}

/** An instance without weights, or with some that cannot be, counts once, whether passing or warning. */
export function toServiceRow(node: string, service: NodeService): ServiceRow {
  const { Weights } = service
  const given = Weights !== null && isWeight(Weights.Passing, 1) && isWeight(Weights.Warning, 0)
  return { ...service, Weights: given ? Weights : { Passing: 1, Warning: 1 }, Node: lookupName(node) }
}

/** DNS writes weights in sixteen bits. */
function isWeight(weight: number, min: number): boolean {
  return weight >= min && weight <= 0xffff
}
