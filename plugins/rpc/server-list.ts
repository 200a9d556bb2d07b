import type { Random } from '../../src/kernel/random.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { Member } from '../gossip/contract.ts'
import { DatacenterUnreachableError, NoServersError } from './errors.ts'

export interface ServerListSetup {
  /** This agent's own. */
  readonly datacenter: string
  readonly random: Random
  /** Members of the LAN pool, or of the WAN pool. */
  readonly members: (wan: boolean) => readonly Member[]
}

const alive = 1

/**
 * The servers that can be asked, as gossip knows them. A client agent asks the first of its list, and the next one after
 * each call that failed; from time to time the list is shuffled, so that clients spread over servers that were added.
 */
export class ServerList {
  readonly #setup: ServerListSetup
  /** Addresses in the order in which they are asked. */
  #order: string[] = []
  /** By datacenter: which failed last, so that another one is tried. */
  readonly #failed = new Map<string, Set<string>>()

  constructor(setup: ServerListSetup) {
    this.#setup = setup
  }

  /** The server a client agent asks now. @throws NoServersError */
  pick(): string {
    this.#refresh()
    const [first] = this.#order
    if (first === undefined) throw new NoServersError()
    return first
  }

  /** Those of this datacenter, in the order in which they are asked. */
  get order(): readonly string[] {
    this.#refresh()
    return this.#order
  }

  /** How many servers of this datacenter are known and alive. */
  get size(): number {
    this.#refresh()
    return this.#order.length
  }

  /** A server of another datacenter. @throws NoPathToDatacenterError, DatacenterUnreachableError */
  pickIn(datacenter: string): string {
    const there = this.#setup.members(true).filter((member) => isServer(member) && member.tags.dc === datacenter)
    if (there.length === 0) throw new NoPathToDatacenterError()
    const usable = there.filter(({ status }) => status === alive).map(serverAddress)
    if (usable.length === 0) throw new DatacenterUnreachableError()
    const failed = this.#failed.get(datacenter)
    const untried = usable.filter((address) => !failed?.has(address))
    if (untried.length === 0) this.#failed.delete(datacenter)
    return this.#any(untried.length > 0 ? untried : usable)
  }

  /** A call to that server failed, whatever the reason: others are asked first from now on. */
  failed(address: string, datacenter: string): void {
    if (datacenter === this.#setup.datacenter) {
      if (this.#order[0] === address) this.#order.push(this.#order.shift()!)
      return
    }
    const failed = this.#failed.get(datacenter) ?? new Set()
    this.#failed.set(datacenter, failed.add(address))
  }

  /** A new order, with `first` in front when given: one that has just been seen to answer. */
  shuffle(first?: string): void {
    const { random } = this.#setup
    this.#refresh()
    const order = this.#order
    for (let at = order.length - 1; at > 0; at--) {
      const other = random.below(at + 1)
      ;[order[at], order[other]] = [order[other]!, order[at]!]
    }
    if (first !== undefined && order.includes(first)) this.#order = [first, ...order.filter((it) => it !== first)]
  }

  /** Servers that came are put somewhere in the order, those that went are dropped. */
  #refresh(): void {
    const { members, datacenter, random } = this.#setup
    const now = new Set<string>()
    for (const member of members(false)) {
      if (isServer(member) && member.status === alive && member.tags.dc === datacenter) now.add(serverAddress(member))
    }
    this.#order = this.#order.filter((address) => now.delete(address))
    for (const address of now) this.#order.splice(random.below(this.#order.length + 1), 0, address)
  }

  #any(addresses: readonly string[]): string {
    return addresses[this.#setup.random.below(addresses.length)]!
  }
}

function isServer({ tags }: Member): boolean {
  return tags.role === 'consul'
}

/** A server's port stands in its tags (protocol/gossip.md §11.2). */
function serverAddress({ address, tags }: Member): string {
  return address.includes(':') ? `[${address}]:${tags.port}` : `${address}:${tags.port}`
}
