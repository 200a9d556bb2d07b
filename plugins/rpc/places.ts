import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import type { Consensus } from '../raft/contract.ts'
import type { ReadManner, ReadPlace } from './contract.ts'
import type { ServerList } from './server-list.ts'

export interface PlacesSetup {
  /** This agent's own. */
  readonly datacenter: string
  readonly servers: ServerList
}

/** Where requests are carried out (protocol/servers.md §5.1). */
export class Places {
  readonly #setup: PlacesSetup
  /** Undefined on an agent that keeps no state. */
  #consensus: Consensus | undefined

  constructor(setup: PlacesSetup) {
    this.#setup = setup
  }

  /** This agent is a server. */
  serve(consensus: Consensus): void {
    this.#consensus = consensus
  }

  /** True for this agent's own datacenter, which an empty name stands for too. */
  isOwn(datacenter: string): boolean {
    const { datacenter: own } = this.#setup
    return datacenter === own || datacenter === '' || datacenter.toLowerCase() === own
  }

  /** Where a read is to be answered. */
  ofRead({ datacenter, consistency }: ReadManner): ReadPlace {
    const consensus = this.#consensus
    if (consensus === undefined || !this.isOwn(datacenter)) return 'away'
    switch (consistency) {
      case 'stale':
        // Who never heard of a leader may know nothing at all.
        return consensus.lastContactMs() === undefined ? 'away' : 'here'
      case 'default':
        if (consensus.holdsReadLease) return 'here'
        return this.leads ? 'verified' : 'away'
      case 'consistent':
        return this.leads ? 'verified' : 'away'
    }
  }

  /** True when this agent is a server that leads, and everything its predecessors acknowledged is applied here. */
  get leads(): boolean {
    const consensus = this.#consensus
    return consensus?.role === 'leader' && consensus.leader() !== undefined
  }

  /** True on an agent that takes part in consensus. */
  get isServer(): boolean {
    return this.#consensus !== undefined
  }

  /**
   * The server to send a request to: the leader, for a client agent any server, for another datacenter any of that.
   *
   * @throws NoLeaderError, NoServersError, NoPathToDatacenterError or DatacenterUnreachableError
   */
  address(datacenter: string): string {
    const { servers } = this.#setup
    const consensus = this.#consensus
    if (consensus === undefined) return servers.pick()
    if (!this.isOwn(datacenter)) return servers.pickIn(datacenter.toLowerCase())
    const leader = consensus.leader()
    // Itself only for as long as it does not know that it does not lead any more.
    if (leader === undefined || consensus.role === 'leader') throw new NoLeaderError()
    return leader.address
  }

  /** False once a request that was sent to this address would now go elsewhere, because that server does not count any more. */
  isMeant(address: string, datacenter: string): boolean {
    const consensus = this.#consensus
    if (consensus === undefined) return this.#setup.servers.order.includes(address)
    if (!this.isOwn(datacenter)) return true
    const leader = consensus.leader()
    return leader === undefined || leader.address === address
  }
}
