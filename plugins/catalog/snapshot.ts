import { keyPrefix } from '../../src/store/keys.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type { View } from '../../src/store/view.ts'
import { type HealthCheck, type Node, type NodeService, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { nodeOf } from './commands.ts'
import { kindIndex, raise, serviceIndex } from './index-rows.ts'
import { toServiceRow } from './service-rows.ts'
import { checks, lookupName, nodes, services } from './tables.ts'

/** Record type of registrations and their place in a snapshot (protocol/servers.md §15.1). */
export const registrationRecord = { type: 0, stage: 100 } as const

/** Each node, then each of its services, then each of its checks, as registrations that repeat the node. */
export function* registrationRecords(view: View): Generator<Buffer> {
  const serviceTable = view.table(services)
  const checkTable = view.table(checks)
  for (const node of view.table(nodes).list()) {
    yield registration(node)
    const onNode = keyPrefix(lookupName(node.Node))
    for (const service of serviceTable.list(onNode)) yield registration(node, service)
    for (const check of checkTable.list(onNode)) yield registration(node, null, check)
  }
}

/** Rows keep the indexes they had. */
export function restoreRegistration(tx: Transaction, record: Buffer): true {
  const request = RegisterRequest.decode(record)
  restoreNode(tx, nodeOf(request))
  if (request.Service !== null) restoreService(tx, request.Node, request.Service)
  if (request.Check !== null) restoreCheck(tx, request.Check)
  for (const check of request.Checks ?? []) restoreCheck(tx, check)
  return true
}

function registration(node: Node, service: NodeService | null = null, check: HealthCheck | null = null): Buffer {
  return RegisterRequest.encode({
    Datacenter: node.Datacenter,
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    TaggedAddresses: node.TaggedAddresses,
    NodeMeta: node.Meta,
    Service: service,
    Check: check,
    Checks: null,
    SkipNodeUpdate: false,
    Token: '',
    CreateIndex: node.CreateIndex,
    ModifyIndex: node.ModifyIndex,
  })
}

function restoreNode(tx: Transaction, node: Node): void {
  tx.table(nodes).restore(node)
  raise(tx, 'nodes', node.ModifyIndex)
}

function restoreService(tx: Transaction, node: string, service: NodeService): void {
  tx.table(services).restore(toServiceRow(node, service))
  for (const name of ['services', serviceIndex(service.Service), kindIndex(service.Kind)]) {
    raise(tx, name, service.ModifyIndex)
  }
}

function restoreCheck(tx: Transaction, check: HealthCheck): void {
  tx.table(checks).restore(check)
  raise(tx, 'checks', check.ModifyIndex)
}
