import { BroadcastQueue } from '../../../plugins/gossip/core/broadcasts.ts'
import type { SwimConfig } from '../../../plugins/gossip/core/config.ts'
import type { SwimDelegate } from '../../../plugins/gossip/core/delegate.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'

/** What a pool wants to know of its members. */
export interface ChatterListener {
  changed(kind: 'joined' | 'updated' | 'dead' | 'left', node: NodeState, now: number): void
  heard(event: string, now: number): void
}

const nothing = Buffer.alloc(0)

/**
 * The least a layer above membership can be: it tells events on, once each, as serf does its user events. A thousand of them
 * are cheap; what serf itself does is another simulation's matter.
 */
export class Chatter implements SwimDelegate {
  /** Addresses of those that went without a farewell, by name. */
  readonly failed = new Map<string, string>()
  readonly #listener: ChatterListener
  readonly #queue: BroadcastQueue
  readonly #heard = new Set<string>()
  readonly #poolSize: () => number
  readonly #metaBytes: Buffer

  constructor(config: SwimConfig, meta: Buffer, poolSize: () => number, listener: ChatterListener) {
    this.#queue = new BroadcastQueue(config.retransmitMult)
    this.#metaBytes = meta
    this.#poolSize = poolSize
    this.#listener = listener
  }

  fire(event: Buffer, now: number): void {
    this.userMessage(event, now)
  }

  userMessage(payload: Buffer, now: number): void {
    const event = payload.toString('latin1')
    if (this.#heard.has(event)) return
    this.#heard.add(event)
    this.#queue.add(payload)
    this.#listener.heard(event, now)
  }

  meta = () => this.#metaBytes
  broadcastsWaiting = () => this.#queue.size > 0
  broadcasts = (overheadBytes: number, limitBytes: number) =>
    this.#queue.take(overheadBytes, limitBytes, this.#poolSize())
  localState = () => nothing
  mergeState = () => {}
  ackPayload = () => nothing
  pinged = () => {}
  joined = (node: NodeState, now: number) => {
    this.failed.delete(node.name)
    this.#listener.changed('joined', node, now)
  }
  updated = (node: NodeState, now: number) => this.#listener.changed('updated', node, now)
  left = (node: NodeState, now: number) => {
    if (node.state === 'dead') this.failed.set(node.name, node.address)
    this.#listener.changed(node.state === 'left' ? 'left' : 'dead', node, now)
  }
  vetoAlive = () => undefined
  vetoMerge = () => undefined
  conflict = () => {}
}
