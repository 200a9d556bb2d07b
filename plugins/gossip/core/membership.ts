import { isLiving } from './member-table.ts'
import type { Accusation, Alive, Endpoint, PushPullNode } from './messages.ts'
import type { NodeState } from './node-state.ts'
import type { Shared } from './shared.ts'
import { Trials } from './trials.ts'
import { areSame, areSane } from './versions.ts'

/** The largest incarnation the wire can carry. */
const incarnationMax = 0xffffffff

/**
 * Who is alive, suspect, dead or left. News carries an incarnation, which only the member it is about increases: older
 * news never wins over newer, and a member that hears ill of itself protests with a higher one (SWIM, section 4.2;
 * protocol/gossip.md §6.8). What was news here is told on.
 */
export class Membership {
  readonly #shared: Shared
  readonly #trials: Trials
  #incarnation = 0
  #leaving = false

  constructor(shared: Shared) {
    this.#shared = shared
    this.#trials = new Trials(shared, (node, confirmations, now) => this.#condemn(node, confirmations, now))
  }

  get leaving(): boolean {
    return this.#leaving
  }

  /** Announces this member, with its present meta, under a new incarnation. */
  announce(now: number): void {
    if (this.#leaving) return
    const { name, own, vsn, delegate, table, config } = this.#shared
    this.#incarnation = next(this.#incarnation)
    const alive: Alive = {
      type: 'alive',
      incarnation: this.#incarnation,
      node: name,
      ...own,
      meta: delegate.meta(config.metaMaxBytes),
      vsn,
    }
    this.#adopt(table.get(name) ?? this.#meet(alive, now), alive, now)
  }

  alive(heard: Alive, now: number): void {
    const { name, own, delegate, table, outbox } = this.#shared
    const aboutSelf = heard.node === name
    if ((aboutSelf && this.#leaving) || heard.node === '' || !areSane(heard.vsn)) return

    const alive = heard.port === 0 ? { ...heard, port: own.port } : heard
    const known = table.get(alive.node)
    if (known && !aboutSelf && isStale(alive, known)) return

    const veto = delegate.vetoAlive(alive)
    if (veto !== undefined) {
      outbox.log('warn', 'an announcement is ignored', { member: alive.node, address: alive.address, reason: veto })
      return
    }

    const before = known ?? this.#meet(alive, now)
    const moved = !hasSameAddress(alive, before)
    if (moved && !this.#mayMove(before, now)) {
      delegate.conflict(before, alive, now)
      return
    }
    if (!moved && (aboutSelf ? alive.incarnation < before.incarnation : alive.incarnation <= before.incarnation)) return

    this.#trials.end(alive.node)
    if (!aboutSelf) this.#adopt(before, alive, now)
    else if (!isEcho(alive, before)) this.#refute(alive.incarnation)
  }

  suspect(accusation: Accusation, now: number): void {
    const { name, table } = this.#shared
    const { node, incarnation, from } = accusation
    const known = table.get(node)
    if (!known || incarnation < known.incarnation) return

    if (this.#trials.isOpen(node)) {
      if (this.#trials.confirm(node, from)) this.#broadcast(accusation)
      return
    }
    if (known.state !== 'alive') return
    if (node === name) {
      this.#refute(incarnation)
      return
    }
    this.#broadcast(accusation)
    table.set({ ...known, incarnation, state: 'suspect', changedAtMs: now })
    this.#trials.open(node, from, now)
  }

  dead(accusation: Accusation, now: number): void {
    const { name, table, delegate } = this.#shared
    const { node, incarnation, from } = accusation
    const known = table.get(node)
    if (!known || incarnation < known.incarnation) return

    this.#trials.end(node)
    if (!isLiving(known)) return
    if (node === name && !this.#leaving) {
      this.#refute(incarnation)
      return
    }
    const state: NodeState = { ...known, incarnation, state: from === node ? 'left' : 'dead', changedAtMs: now }
    this.#broadcast(accusation)
    table.set(state)
    delegate.left(state, now)
  }

  /** What another member believes, as its push/pull says (§6.9). Only this member's own probes make anybody dead. */
  merge(seen: PushPullNode, now: number): void {
    const { name: from, table } = this.#shared
    const { name: node, incarnation, state } = seen
    const known = table.get(node)
    if (state === 'alive' && known && node !== from && isStale(seen, known)) return
    if (state === 'alive') this.alive({ ...seen, type: 'alive', node }, now)
    else if (state === 'left') this.dead({ type: 'dead', incarnation, node, from: node }, now)
    else this.suspect({ type: 'suspect', incarnation, node, from }, now)
  }

  /** Says farewell; the last transmission of it, or the lack of anybody to tell, is a `leaveSent` effect. */
  leave(now: number): void {
    if (this.#leaving) return
    const { name, table, queue, delegate, encode, outbox } = this.#shared
    this.#leaving = true
    const known = table.get(name)
    const sent = () => outbox.add({ kind: 'leaveSent' })
    if (!known) {
      sent()
      return
    }
    const farewell: Accusation = { type: 'dead', incarnation: this.#incarnation, node: name, from: name }
    const state: NodeState = { ...known, incarnation: this.#incarnation, state: 'left', changedAtMs: now }
    table.set(state)
    if (table.livingCount > 0) queue.add(encode(farewell), { key: name, done: sent })
    else sent()
    delegate.left(state, now)
  }

  /** A member heard of for the first time counts as dead until the rest of the rules make it alive. */
  #meet({ node: name, address, port, meta, vsn }: Alive, now: number): NodeState {
    const state: NodeState = { name, address, port, meta, vsn, incarnation: 0, state: 'dead', changedAtMs: now }
    this.#shared.table.set(state)
    return state
  }

  #adopt(before: NodeState, alive: Alive, now: number): void {
    const { table, delegate } = this.#shared
    const { node: name, address, port, meta, vsn, incarnation } = alive
    const changedAtMs = before.state === 'alive' ? before.changedAtMs : now
    const state: NodeState = { name, address, port, meta, vsn, incarnation, state: 'alive', changedAtMs }
    this.#broadcast(alive)
    table.set(state)
    if (!isLiving(before)) delegate.joined(state, now)
    else if (!before.meta.equals(meta)) delegate.updated(state, now)
  }

  /** Whether the name may come back elsewhere: its owner left, or has been dead for long enough. */
  #mayMove({ state, changedAtMs }: NodeState, now: number): boolean {
    const { deadNodeReclaimMs } = this.#shared.config
    return state === 'left' || (state === 'dead' && deadNodeReclaimMs > 0 && now - changedAtMs > deadNodeReclaimMs)
  }

  /** Protests: this member lives, under an incarnation above the one it is accused in. Being accused is a bad sign. */
  #refute(accused: number): void {
    const { name, own, table, awareness, outbox } = this.#shared
    this.#incarnation = next(Math.max(this.#incarnation, accused))
    awareness.change(+1)
    outbox.log('debug', 'this member protests that it lives', { incarnation: this.#incarnation })
    const self = { ...table.get(name)!, incarnation: this.#incarnation }
    table.set(self)
    const { meta, vsn, incarnation } = self
    this.#broadcast({ type: 'alive', incarnation, node: name, ...own, meta, vsn })
  }

  #condemn(node: string, confirmations: number, now: number): void {
    const { name: from, table, outbox } = this.#shared
    const known = table.get(node)
    if (known?.state !== 'suspect') return
    outbox.log('info', 'a suspect did not protest in time and is dead', { member: node, confirmations })
    this.dead({ type: 'dead', incarnation: known.incarnation, node, from }, now)
  }

  /** News about a member takes the place of older news about it. What no packet can hold would wait for ever. */
  #broadcast(message: Alive | Accusation): void {
    const { encode, queue, outbox } = this.#shared
    const encoded = encode(message)
    if (outbox.fits(encoded)) queue.add(encoded, { key: message.node })
    else outbox.log('warn', 'news about a member is too long for a packet', { sizeBytes: encoded.length })
  }
}

function next(incarnation: number): number {
  return Math.min(incarnation + 1, incarnationMax)
}

function hasSameAddress(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port
}

/** Nothing that any rule could act on: most of what gossip brings. */
function isStale(alive: Alive | PushPullNode, known: NodeState): boolean {
  return alive.incarnation <= known.incarnation && hasSameAddress(alive, known)
}

/** This member's own announcement, come back. Under the same incarnation only a former life can have said otherwise. */
function isEcho({ incarnation, meta, vsn }: Alive, self: NodeState): boolean {
  return incarnation === self.incarnation && meta.equals(self.meta) && areSame(vsn, self.vsn)
}
