import type { Clock } from '../../src/kernel/clock.ts'
import type { Store } from '../../src/store/store.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import type { NodeState } from './contract.ts'
import type { HealthReads } from './health-rpc.ts'
import { nodeStateQuestion } from './queries.ts'
import type { CatalogReads } from './rpc.ts'

export interface NodeStatesSetup {
  readonly store: Store
  readonly rpc: Rpc
  readonly reads: CatalogReads
  readonly health: HealthReads
  /** This agent's own. */
  readonly datacenter: string
  readonly clock: Clock
}

/** A server that has not heard of its leader for longer is not believed: the leader is asked. */
const maxStaleMs = 2000
const followWaitMs = 300_000
const retryMs = 5000

/** What the catalog holds of a node, on agents with and without a state of their own. */
export class NodeStates {
  readonly #setup: NodeStatesSetup

  constructor(setup: NodeStatesSetup) {
    this.#setup = setup
  }

  /** As of now, from this server's own state or from any server's. */
  async read(name: string, signal?: AbortSignal): Promise<NodeState> {
    const { store, rpc, health, datacenter } = this.#setup
    if (rpc.place({ consistency: 'stale', datacenter }) === 'here') {
      return store.queries.ask(nodeStateQuestion(name)).current().value
    }
    const checks = await this.#fresh(rpc.read(health.nodeChecks, { node: name, filter: '' }), signal)
    return this.#withServices(name, checks, signal)
  }

  /** Tells what there is, and again whenever the node's checks change, until the returned function is called. */
  follow(name: string, tell: (state: NodeState) => void, failed: (error: unknown) => void): () => void {
    const { store, rpc, datacenter } = this.#setup
    if (rpc.place({ consistency: 'stale', datacenter }) === 'here') {
      const query = store.queries.ask(nodeStateQuestion(name))
      tell(query.current().value)
      return query.follow({ answered: ({ value }) => tell(value), failed })
    }
    const stop = new AbortController()
    void this.#follow(name, tell, failed, stop.signal)
    return () => stop.abort()
  }

  async #follow(
    name: string,
    tell: (state: NodeState) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { rpc, health, datacenter, clock } = this.#setup
    let index = 0
    while (!signal.aborted) {
      try {
        const manner = { consistency: 'stale' as const, datacenter }
        const read = rpc.read(health.nodeChecks, { node: name, filter: '' })
        const { answer } = await read.wait(index, followWaitMs, manner, signal)
        // An index that fell belongs to a state that was put back: begin anew.
        index = answer.index < index ? 0 : answer.index
        const state = await this.#withServices(name, answer.value, signal)
        if (!signal.aborted) tell(state)
      } catch (error) {
        if (signal.aborted) return
        failed(error)
        await new Promise<void>((resolve) => clock.after(retryMs, resolve))
      }
    }
  }

  async #withServices(name: string, checks: NodeState['checks'], signal: AbortSignal | undefined): Promise<NodeState> {
    const { rpc, reads } = this.#setup
    const content = await this.#fresh(rpc.read(reads.nodeServiceList, { node: name, filter: '' }), signal)
    return { ...content, checks }
  }

  async #fresh<Value>(read: Read<Value>, signal: AbortSignal | undefined): Promise<Value> {
    const { datacenter } = this.#setup
    const { answer, contact } = await read.fetch({ consistency: 'stale', datacenter }, signal)
    if (contact.lastContactMs <= maxStaleMs) return answer.value
    return (await read.fetch({ consistency: 'default', datacenter }, signal)).answer.value
  }
}
