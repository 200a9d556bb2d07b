import type { LiveQuery } from '../../src/store/live-query.ts'
import type { Store } from '../../src/store/store.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { CheckServiceNode, DeregisterRequest, Node, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import type { DnsInstance } from '../dns/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { addressQuestion } from './address-owners.ts'
import type { Catalog, InstanceFilter } from './contract.ts'
import { familyOf, toInstance } from './dns.ts'
import { healthQuestion } from './instances.ts'
import { type NodeState, nodeQuestion, nodeStateQuestion } from './queries.ts'
import { prepareDeregister, prepareRegister } from './register.ts'

/** The catalog as other plugins see it. */
export class CatalogService implements Catalog {
  readonly #store: Store
  readonly #consensus: Consensus
  readonly #datacenter: string

  constructor(store: Store, consensus: Consensus, datacenter: string) {
    this.#store = store
    this.#consensus = consensus
    this.#datacenter = datacenter
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

  nodeState(name: string): LiveQuery<NodeState> {
    return this.#store.queries.ask(nodeStateQuestion(name))
  }

  async register(request: RegisterRequest, signal?: AbortSignal): Promise<void> {
    const Datacenter = this.#ownDatacenter(request.Datacenter)
    await this.#consensus.propose('Register', prepareRegister({ ...request, Datacenter }), signal)
  }

  async deregister(request: DeregisterRequest, signal?: AbortSignal): Promise<void> {
    const Datacenter = this.#ownDatacenter(request.Datacenter)
    await this.#consensus.propose('Deregister', prepareDeregister({ ...request, Datacenter }), signal)
  }

  #ownDatacenter(asked: string): string {
    if (asked !== '' && asked.toLowerCase() !== this.#datacenter) throw new NoPathToDatacenterError()
    return this.#datacenter
  }
}
