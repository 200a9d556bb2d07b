import type { Transaction } from '../../src/store/transaction.ts'
import type { DeregisterRequest, Node, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { deleteCheck, ensureCheck } from './check-rows.ts'
import { CatalogRefusedError } from './errors.ts'
import { deleteNode, ensureNode } from './node-rows.ts'
import { deleteService, ensureService } from './service-rows.ts'

/**
 * Registers a node, and with it a service and checks, all or nothing (protocol/servers.md §13.3). What is stored already
 * is not written again and moves no index: agents repeat their registrations all the time.
 */
export function applyRegister(tx: Transaction, request: RegisterRequest): null {
  refusing('failed inserting node: ', () => ensureNode(tx, nodeOf(request), request.SkipNodeUpdate))
  const { Service, Node } = request
  if (Service !== null) refusing('failed inserting service: ', () => ensureService(tx, Node, Service))
  const checks = [...(request.Check === null ? [] : [request.Check]), ...(request.Checks ?? [])]
  for (const check of checks) {
    if (check.Node !== Node) {
      throw new CatalogRefusedError(`check node ${goQuote(check.Node)} does not match node ${goQuote(Node)}`)
    }
    refusing('failed inserting check: ', () => ensureCheck(tx, check), ` on node ${goQuote(Node)}`)
  }
  return null
}

/** Removes a service, else a check, else the whole node. What is not there needs no removing. */
export function applyDeregister(tx: Transaction, { Node, ServiceID, CheckID }: DeregisterRequest): null {
  if (ServiceID !== '') deleteService(tx, Node, ServiceID)
  else if (CheckID !== '') deleteCheck(tx, Node, CheckID)
  else deleteNode(tx, Node)
  return null
}

/** The part of a registration that describes its node. */
export function nodeOf(request: RegisterRequest): Node {
  const { ID, Node, Address, Datacenter, TaggedAddresses, NodeMeta, CreateIndex, ModifyIndex } = request
  return { ID, Node, Address, Datacenter, TaggedAddresses, Meta: NodeMeta, CreateIndex, ModifyIndex }
}

/** Adds to a refusal which part of the registration it concerns, in Consul's words. */
function refusing(before: string, write: () => void, after = ''): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof CatalogRefusedError)) throw error
    throw new CatalogRefusedError(`${before}${error.message}${after}`, { cause: error })
  }
}

function goQuote(text: string): string {
  return JSON.stringify(text)
}
