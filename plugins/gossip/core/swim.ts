import type { Random } from '../../../src/kernel/random.ts'
import { Answers } from './answers.ts'
import { Awareness } from './awareness.ts'
import { BroadcastQueue } from './broadcasts.ts'
import type { SwimConfig } from './config.ts'
import { Deadlines } from './deadlines.ts'
import type { SwimDelegate } from './delegate.ts'
import type { Effect } from './effects.ts'
import { isLiving, MemberTable } from './member-table.ts'
import { Membership } from './membership.ts'
import type { Endpoint, PushPull, SwimMessage, Versions } from './messages.ts'
import type { NodeState } from './node-state.ts'
import { Outbox } from './outbox.ts'
import { Prober } from './probe.ts'
import { pushPullPauseMs, Views } from './push-pull.ts'
import { Sequence } from './sequence.ts'
import type { Shared } from './shared.ts'
import type { SwimPort } from './swim-port.ts'
import { speaks } from './versions.ts'

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
  #now = 0
  #probeAtMs = Number.POSITIVE_INFINITY
  #pushPullAtMs = Number.POSITIVE_INFINITY
  /** A beat of the gossip rhythm. */
  #beatMs = 0
  /** The next beat, while there is news. */
  #gossipAtMs: number | undefined

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
  }

  /** Timers begin at random moments: members that start together shall not act together. */
  start(now: number): void {
    const { config, random } = this.#shared
    const within = (intervalMs: number) => now + random.fraction() * intervalMs
    this.#now = now
    this.#probeAtMs = within(config.probeIntervalMs)
    this.#beatMs = within(config.gossipIntervalMs)
    if (config.pushPullIntervalMs > 0) this.#pushPullAtMs = within(config.pushPullIntervalMs)
    this.#membership.announce(now)
    this.#awaitBeat(now)
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
    this.#awaitBeat(now)
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
    if (this.#gossipAtMs !== undefined && now >= this.#gossipAtMs) {
      this.#gossipAtMs = undefined
      this.#gossip(now)
    }
    this.#awaitBeat(now)
  }

  nextTickAt(): number {
    const { deadlines } = this.#shared
    return Math.min(deadlines.nextAtMs(), this.#probeAtMs, this.#pushPullAtMs, this.#nextGossipAtMs())
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
    this.#awaitBeat(now)
    return refusal
  }

  tcpPong(seqNo: number, now: number): void {
    this.#now = now
    this.#prober.tcpPong(seqNo)
  }

  updateMeta(now: number): void {
    this.#now = now
    this.#membership.announce(now)
    this.#awaitBeat(now)
  }

  leave(now: number): void {
    this.#now = now
    this.#membership.leave(now)
    this.#awaitBeat(now)
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

  #hasNews(): boolean {
    return this.#shared.queue.size > 0 || this.#shared.delegate.broadcastsWaiting()
  }

  /** Nobody is woken while there is no news. The delegate's own news is noticed when the next moment is asked for. */
  #nextGossipAtMs(): number {
    if (!this.#hasNews()) return Number.POSITIVE_INFINITY
    return this.#gossipAtMs ?? this.#now
  }

  /** News waits for the next beat: what comes in a burst leaves in one packet. */
  #awaitBeat(now: number): void {
    if (!this.#hasNews()) this.#gossipAtMs = undefined
    else this.#gossipAtMs ??= following(this.#beatMs, this.#shared.config.gossipIntervalMs, now)
  }

  /** News for a few members by lot, the recently dead among them: they may live, and protest (protocol/gossip.md §6.10). */
  #gossip(now: number): void {
    const { config, table, outbox } = this.#shared
    const isListener = (state: NodeState) =>
      state.name !== this.name &&
      (isLiving(state) || (state.state === 'dead' && now - state.changedAtMs <= config.gossipToTheDeadMs))
    for (const { address, port, vsn } of table.pick(config.gossipNodes, isListener)) {
      const parts = outbox.broadcasts()
      if (parts.length === 0) return
      outbox.add({ kind: 'packet', to: { address, port }, parts, crc: speaks.checksums(vsn) })
    }
  }
}

/** The first moment after `now` of a rhythm that `atMs` belongs to. */
function following(atMs: number, intervalMs: number, now: number): number {
  return atMs + (Math.floor((now - atMs) / intervalMs) + 1) * intervalMs
}
