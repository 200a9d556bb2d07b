import { datacenterOf } from '../../src/rules/datacenter.ts'
import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import type { CheckServiceNode, DeregisterRequest, Node, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import type { DnsInstance } from '../dns/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { addressQuestion } from './address-owners.ts'
import type { Catalog, InstanceFilter, NodeState } from './contract.ts'
import { familyOf, toInstance } from './dns-instances.ts'
import { healthQuestion } from './instances.ts'
import { NodeStates, type NodeStatesSetup } from './node-state.ts'
import { nodeQuestion } from './queries.ts'
import { catalogDeregister, catalogRegister } from './rpc.ts'

/** The catalog as other plugins see it. */
export class CatalogService implements Catalog {
  readonly #store: Store
  readonly #rpc: Rpc
  readonly #datacenter: string
  readonly #nodeStates: NodeStates

  constructor(setup: NodeStatesSetup) {
    this.#store = setup.store
    this.#rpc = setup.rpc
    this.#datacenter = setup.datacenter
    this.#nodeStates = new NodeStates(setup)
  }

  instances(service: string, filter: InstanceFilter = {}): LiveQuery<readonly CheckServiceNode[]> {
    return this.#store.queries.ask(healthQuestion(service, filter))
  }

  nodeAt(address: string): Node | undefined {
    if (address === '') return undefined
    return this.#store.queries.ask(addressQuestion(address)).current().value.nodes[0]
  }

  dnsInstances(found: readonly CheckServiceNode[], type: string): DnsInstance[] {
    return found.map((instance) => toInstance(instance, familyOf(type)))
  }

  node(name: string): LiveQuery<Node | undefined> {
    return this.#store.queries.ask(nodeQuestion(name))
  }

  readNode(name: string, signal?: AbortSignal): Promise<NodeState> {
    return this.#nodeStates.read(name, signal)
  }

  followNode(name: string, tell: (state: NodeState) => void, failed: (error: unknown) => void): () => void {
    return this.#nodeStates.follow(name, tell, failed)
  }

  async register(request: RegisterRequest, signal?: AbortSignal): Promise<void> {
    const Datacenter = datacenterOf(request.Datacenter, this.#datacenter)
    await this.#rpc.call(catalogRegister, { ...request, Datacenter }, signal)
  }

  async deregister(request: DeregisterRequest, signal?: AbortSignal): Promise<void> {
    const Datacenter = datacenterOf(request.Datacenter, this.#datacenter)
    await this.#rpc.call(catalogDeregister, { ...request, Datacenter }, signal)
  }
}
