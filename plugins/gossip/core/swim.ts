import type { Random } from '../../../src/kernel/random.ts'
import { Answers } from './answers.ts'
import { Awareness } from './awareness.ts'
import { BroadcastQueue } from './broadcasts.ts'
import type { SwimConfig } from './config.ts'
import { Deadlines } from './deadlines.ts'
import type { SwimDelegate } from './delegate.ts'
import type { Effect } from './effects.ts'
import { following, Gossip } from './gossip.ts'
import { MemberTable } from './member-table.ts'
import { Membership } from './membership.ts'
import type { Endpoint, PushPull, SwimMessage, Versions } from './messages.ts'
import type { NodeState } from './node-state.ts'
import { Outbox } from './outbox.ts'
import { Prober } from './probe.ts'
import { pushPullPauseMs, Views } from './push-pull.ts'
import { Sequence } from './sequence.ts'
import type { Shared } from './shared.ts'
import type { SwimPort } from './swim-port.ts'

export interface SwimOptions {
  readonly name: string
  /** Where the others reach this member, by UDP and TCP. */
  readonly address: string
  readonly port: number
  readonly vsn: Versions
  readonly config: SwimConfig
  readonly random: Random
  readonly delegate: SwimDelegate
  /** A whole message with its type byte. */
  readonly encode: (message: SwimMessage) => Buffer
  /** Members believed from the start, without event or news: a large simulated pool begins as one that stands. */
  readonly known?: readonly NodeState[]
}

/** One member of a pool: failure detection, membership and dissemination as a pure machine (swim-port.ts has the contract). */
export class Swim implements SwimPort {
  readonly name: string
  readonly #shared: Shared
  readonly #membership: Membership
  readonly #prober: Prober
  readonly #answers: Answers
  readonly #views: Views
  readonly #gossip: Gossip
  #now = 0
  #probeAtMs = Number.POSITIVE_INFINITY
  #pushPullAtMs = Number.POSITIVE_INFINITY

  constructor({ name, address, port, vsn, config, random, delegate, encode, known = [] }: SwimOptions) {
    const table = new MemberTable(random)
    for (const state of known) table.set(state)
    const queue = new BroadcastQueue(config.retransmitMult)
    const shared: Shared = {
      name,
      own: { address, port },
      vsn,
      config,
      random,
      delegate,
      encode,
      table,
      queue,
      awareness: new Awareness(config.awarenessMax),
      deadlines: new Deadlines(),
      outbox: new Outbox({ config, encode, queue, delegate, table }),
    }
    const sequence = new Sequence()
    this.name = name
    this.#shared = shared
    this.#membership = new Membership(shared)
    this.#prober = new Prober(shared, this.#membership, sequence)
    this.#answers = new Answers(shared, sequence)
    this.#views = new Views(shared, this.#membership)
    this.#gossip = new Gossip(shared)
  }

  /** Timers begin at random moments: members that start together shall not act together. */
  start(now: number): void {
    const { config, random } = this.#shared
    const within = (intervalMs: number) => now + random.fraction() * intervalMs
    this.#now = now
    this.#probeAtMs = within(config.probeIntervalMs)
    this.#gossip.start(within(config.gossipIntervalMs))
    if (config.pushPullIntervalMs > 0) this.#pushPullAtMs = within(config.pushPullIntervalMs)
    this.#membership.announce(now)
    this.#gossip.await(now)
  }

  receive(message: SwimMessage, from: Endpoint, now: number): void {
    this.#now = now
    switch (message.type) {
      case 'ping':
        this.#answers.ping(message, from)
        break
      case 'indirectPing':
        this.#answers.pingFor(message, from, now)
        break
      case 'ack':
        if (!this.#prober.ack(message, now)) this.#answers.ack(message)
        break
      case 'nack':
        this.#prober.nack(message)
        break
      case 'alive':
        this.#membership.alive(message, now)
        break
      case 'suspect':
        this.#membership.suspect(message, now)
        break
      case 'dead':
        this.#membership.dead(message, now)
        break
      case 'user':
        this.#shared.delegate.userMessage(message.payload, now)
    }
    this.#gossip.await(now)
  }

  tick(now: number): void {
    const { config, deadlines, table } = this.#shared
    this.#now = now
    deadlines.runDue(now)
    if (now >= this.#probeAtMs) {
      this.#probeAtMs = following(this.#probeAtMs, config.probeIntervalMs, now)
      this.#prober.probeNext(now)
    }
    if (now >= this.#pushPullAtMs) {
      this.#views.exchange()
      this.#pushPullAtMs = now + pushPullPauseMs(config.pushPullIntervalMs, table.size)
    }
    this.#gossip.tick(now)
  }

  nextTickAt(): number {
    const { deadlines } = this.#shared
    return Math.min(deadlines.nextAtMs(), this.#probeAtMs, this.#pushPullAtMs, this.#gossip.nextAtMs(this.#now))
  }

  take(): Effect[] {
    return this.#shared.outbox.take()
  }

  localPushPull(join: boolean): PushPull {
    return this.#views.local(join)
  }

  mergeRemote(remote: PushPull, join: boolean, now: number): string | undefined {
    this.#now = now
    const refusal = this.#views.merge(remote, join, now)
    this.#gossip.await(now)
    return refusal
  }

  tcpPong(seqNo: number, now: number): void {
    this.#now = now
    this.#prober.tcpPong(seqNo)
  }

  updateMeta(now: number): void {
    this.#now = now
    this.#membership.announce(now)
    this.#gossip.await(now)
  }

  leave(now: number): void {
    this.#now = now
    this.#membership.leave(now)
    this.#gossip.await(now)
  }

  setPacketOverhead(bytes: number): void {
    this.#shared.outbox.setPacketOverhead(bytes)
  }

  node(name: string): NodeState | undefined {
    return this.#shared.table.get(name)
  }

  self(): NodeState {
    return this.#shared.table.get(this.name)!
  }

  nodes(): Iterable<NodeState> {
    return this.#shared.table.all()
  }

  get size(): number {
    return this.#shared.table.size
  }

  get livingCount(): number {
    return this.#shared.table.livingCount
  }

  get healthScore(): number {
    return this.#shared.awareness.score
  }
}
