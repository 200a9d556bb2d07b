import { sameCheck } from '../../src/rules/equality.ts'
import { keyOf } from '../../src/store/keys.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { HealthCheck } from '../../src/wire/structs/catalog.ts'
import type { ServiceRow } from './contract.ts'
import { CatalogRefusedError } from './errors.ts'
import { bumpService, bumpServicesOf, kindIndex, serviceIndex } from './index-rows.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/**
 * Writes a check that is new or has changed. Its node must be there, and its service when it names one, whose name and
 * tags it takes over. A check that does not know its status is critical.
 */
export function ensureCheck(tx: Transaction, check: HealthCheck): void {
  if (!tx.table(nodes).has(lookupName(check.Node))) throw new CatalogRefusedError('Missing node registration')
  const service = check.ServiceID === '' ? undefined : requireService(tx, check.Node, check.ServiceID)
  const row = {
    ...check,
    Status: check.Status === '' ? 'critical' : check.Status,
    ...(service && { ServiceName: service.Service, ServiceTags: service.Tags }),
  }
  const held = tx.table(checks).get(keyOf(lookupName(check.Node), lookupName(check.CheckID)))
  if (held !== undefined && sameCheck(held, row)) return
  if (service) bumpService(tx, service)
  else bumpServicesOf(tx, check.Node)
  tx.table(checks).put(row)
  tx.setTableIndex('checks')
}

/** Removes a check. One of the node itself shows with every instance there, so all of them change. */
export function deleteCheck(tx: Transaction, node: string, id: string): void {
  const key = keyOf(lookupName(node), lookupName(id))
  const check = tx.table(checks).get(key)
  if (check === undefined) return
  if (check.ServiceID === '') {
    bumpServicesOf(tx, node)
    tx.setTableIndex('services')
  } else {
    const service = tx.table(services).get(keyOf(lookupName(node), lookupName(check.ServiceID)))
    tx.setTableIndex(serviceIndex(check.ServiceName))
    if (service) tx.setTableIndex(kindIndex(service.Kind))
  }
  tx.table(checks).delete(key)
  tx.setTableIndex('checks')
}

function requireService(tx: Transaction, node: string, id: string): ServiceRow {
  const service = tx.table(services).get(keyOf(lookupName(node), lookupName(id)))
  if (service === undefined) throw new CatalogRefusedError('Missing service registration')
  return service
}
