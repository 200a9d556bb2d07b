import { sameValue } from '../../src/rules/equality.ts'
import { keyOf, keyPrefix } from '../../src/store/keys.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { Node } from '../../src/wire/structs/catalog.ts'
import { deleteCheck } from './check-rows.ts'
import { CatalogRefusedError } from './errors.ts'
import { bumpService, bumpServicesOf } from './index-rows.ts'
import { deleteService } from './service-rows.ts'
import { checks, lookupName, nodes, serfHealth, services } from './tables.ts'

/**
 * Writes a node that is new or has changed. With `skipUpdate` a node that is there stays as it is. An id that is known
 * under another name renames its node: the old name goes with everything on it.
 */
export function ensureNode(tx: Transaction, node: Node, skipUpdate: boolean): void {
  const held = tx.table(nodes).get(lookupName(node.Node))
  if (held !== undefined && (skipUpdate || unchanged(node, held))) return
  const former = node.ID === '' ? undefined : tx.table(nodes).index('byId').first(lookupName(node.ID))
  if (former === undefined) {
    if (node.ID !== '') refuseTakenName(tx, node, true, '')
    put(tx, node)
    return
  }
  if (former.Node === node.Node) {
    put(tx, node)
    return
  }
  refuseTakenName(tx, node, false, ` (${node.Address})`)
  deleteNode(tx, former.Node)
  // A renamed node is as old as it was: the first write takes over its CreateIndex, the second is the one that is told.
  tx.table(nodes).restore({ ...node, CreateIndex: former.CreateIndex, ModifyIndex: tx.index })
  put(tx, node)
}

/** Removes a node with its services and checks. */
export function deleteNode(tx: Transaction, name: string): void {
  const key = lookupName(name)
  const node = tx.table(nodes).get(key)
  if (node === undefined) return
  const onNode = tx.table(services).list(keyPrefix(key))
  for (const service of onNode) bumpService(tx, service)
  for (const { ID } of onNode) deleteService(tx, name, ID)
  for (const { CheckID } of tx.table(checks).list(keyPrefix(key))) deleteCheck(tx, name, CheckID)
  tx.table(nodes).delete(key)
  tx.setTableIndex('nodes')
}

function put(tx: Transaction, node: Node): void {
  tx.table(nodes).put(node)
  tx.setTableIndex('nodes')
  bumpServicesOf(tx, node.Node)
}

/**
 * A name belongs to the node that has it while gossip sees it alive. A node that never had an id may be given one
 * (`orGiveId`): that is how agents from before ids are upgraded.
 */
function refuseTakenName(tx: Transaction, node: Node, orGiveId: boolean, where: string): void {
  const holder = tx.table(nodes).get(lookupName(node.Node))
  if (holder === undefined || holder.ID === node.ID || (holder.ID === '' && orGiveId)) return
  const health = tx.table(checks).get(keyOf(lookupName(holder.Node), lookupName(serfHealth)))
  if (health === undefined || health.Status === 'critical') return
  throw new CatalogRefusedError(
    `Error while renaming Node ID: "${node.ID}"${where}: Node name ${node.Node} is reserved by node ${holder.ID} ` +
      `with name ${holder.Node} (${holder.Address})`,
  )
}

function unchanged(node: Node, held: Node): boolean {
  return (
    node.ID === held.ID &&
    node.Address === held.Address &&
    node.Datacenter === held.Datacenter &&
    sameValue(node.TaggedAddresses, held.TaggedAddresses) &&
    sameValue(node.Meta, held.Meta)
  )
}
