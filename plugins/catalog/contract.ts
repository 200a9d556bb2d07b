import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import type {
  CheckServiceNode,
  DeregisterRequest,
  HealthCheck,
  Node,
  NodeService,
  RegisterRequest,
} from '../../src/wire/structs/catalog.ts'
import type { TxnCheckOp, TxnNodeOp, TxnServiceOp } from '../../src/wire/structs/txn.ts'
import type { DnsInstance } from '../dns/contract.ts'
import type { TxnParticipant } from '../txn/contract.ts'

/** Which instances of a service a reader wants. */
export interface InstanceFilter {
  /** Those that speak for it in the service mesh: its proxies and, where it is native, itself. Their tags do not count. */
  readonly connect?: boolean
  /** Every tag must match, ignoring case. */
  readonly tags?: readonly string[]
  /** The node must have all of these. */
  readonly nodeMeta?: Readonly<Record<string, string>>
}

/** All that the catalog holds of a node. */
export interface NodeState {
  readonly node: Node | undefined
  readonly services: readonly NodeService[]
  readonly checks: readonly HealthCheck[]
}

/** The catalog of the cluster: nodes, their services and checks. Every read is a live query. */
export interface Catalog {
  /** Instances of a service with their node and checks; empty when the service is unknown. Sorted by node, then id. */
  instances(service: string, filter?: InstanceFilter): LiveQuery<readonly CheckServiceNode[]>
  /** The first node by name that has this IP address, however it is spelled. */
  nodeAt(address: string): Node | undefined
  /** Instances as DNS answers a question of this type with them. */
  dnsInstances(found: readonly CheckServiceNode[], type: string): DnsInstance[]
  /** A node by name, ignoring case. */
  node(name: string): LiveQuery<Node | undefined>
  /** What the catalog holds of a node: the other side of anti-entropy. From a server, on an agent that keeps no state. */
  readNode(name: string, signal?: AbortSignal): Promise<NodeState>
  /** Tells the same, and again whenever it changes, until the returned function is called. */
  followNode(name: string, tell: (state: NodeState) => void, failed: (error: unknown) => void): () => void
  /** Validates, fills in defaults (protocol/servers.md §6.2) and commits. */
  register(request: RegisterRequest, signal?: AbortSignal): Promise<void>
  deregister(request: DeregisterRequest, signal?: AbortSignal): Promise<void>
}

/**
 * What commands of other features may know of the catalog while they are carried out. Asked inside transactions, so it
 * reads nothing but the transaction. Names and ids are found in any letter case.
 */
export interface CatalogLookup {
  hasNode(tx: Transaction, name: string): boolean
  /** Status of a check of a node or of one of its services; undefined when there is no such check. */
  checkStatus(tx: Transaction, node: string, checkId: string): string | undefined
}

/** An instance as the catalog stores it: the service, and its node's name in lower case, which finds the node. */
export type ServiceRow = NodeService & { readonly Node: string }

/** What transactions may do with nodes, services and checks. */
export interface CatalogTransactions {
  readonly node: TxnParticipant<TxnNodeOp>
  readonly service: TxnParticipant<TxnServiceOp>
  readonly check: TxnParticipant<TxnCheckOp>
}

/** A node that is about to be removed from the catalog with everything on it. */
export interface GoneNode {
  readonly name: string
  /** Its node ID; `''` when it never had one. */
  readonly id: string
  /** Aborts when this server does not lead any more. */
  readonly signal: AbortSignal
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    catalogTransactions: CatalogTransactions
    catalog: Catalog
    catalogLookup: CatalogLookup
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    Register: RegisterRequest
    Deregister: DeregisterRequest
  }
  interface Payloads {
    goneNode: GoneNode
  }
  interface Tables {
    nodes: Node
    services: ServiceRow
    checks: HealthCheck
  }
}
