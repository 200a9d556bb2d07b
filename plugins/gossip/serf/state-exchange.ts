import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { memberStatus } from '../contract.ts'
import type { Intents } from './intents.ts'
import type { LamportClock } from './lamport.ts'
import type { SerfState } from './messages.ts'
import type { Shared } from './shared.ts'
import type { UserEvents } from './user-events.ts'
import { decodeState, encodeState } from './wire.ts'

/** Serf's part of push/pulls (protocol/gossip.md §9.4): what gossip may have failed to bring. Nothing of it is passed on. */
export class StateExchange {
  readonly #shared: Shared
  readonly #intents: Intents
  readonly #events: UserEvents

  constructor(shared: Shared, intents: Intents, events: UserEvents) {
    this.#shared = shared
    this.#intents = intents
    this.#events = events
  }

  local(): Buffer {
    const { clocks, roster } = this.#shared
    return encodeState({
      lTime: clocks.member.time,
      eventLTime: clocks.event.time,
      queryLTime: clocks.query.time,
      statusLTimes: new Map(roster.list().map(({ name, statusLTime = 0 }) => [name, statusLTime])),
      leftMembers: [...roster.left],
      events: this.#events.remembered(),
    })
  }

  /** `ignoresOldEvents`: what happened before this moment is not delivered here. */
  merge(bytes: Buffer, ignoresOldEvents: boolean, now: number): void {
    const state = this.#read(bytes)
    if (!state) return
    const { clocks, name } = this.#shared
    catchUp(clocks.member, state.lTime)
    catchUp(clocks.event, state.eventLTime)
    catchUp(clocks.query, state.queryLTime)

    const left = new Set(state.leftMembers)
    for (const [node, lTime] of state.statusLTimes) {
      if (node === name) this.#intents.correct(lTime, now)
      if (left.has(node)) this.#hearLeft(node, lTime, now)
      else this.#intents.take({ type: 'join', lTime, node }, now)
    }
    if (ignoresOldEvents) this.#events.ignoreBefore(state.eventLTime)
    for (const slot of state.events) if (slot) this.#events.replay(slot)
  }

  /**
   * A member has left for the other side. When is not in the state; a push/pull may have brought the time of the leave here before, as
   * that of a join, so it counts as one later.
   *
   * A member that lives here may have refuted its leave, which the other side does not know yet; one later could be as late as the
   * refutation, and whoever heard the leave first would take the member for leaving for good. If it is gone in truth, it fails here soon,
   * and then this is heard.
   */
  #hearLeft(node: string, statusLTime: number, now: number): void {
    const status = this.#shared.roster.get(node)?.status
    if (status === memberStatus.alive || status === memberStatus.leaving) return
    this.#intents.take({ type: 'leave', lTime: statusLTime + 1, node, prune: false }, now)
  }

  #read(bytes: Buffer): SerfState | undefined {
    try {
      return decodeState(bytes)
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      this.#shared.outbox.log('warn', 'serf: the state of a member cannot be read', { error })
      return undefined
    }
  }
}

/** The other side's clock shows the time of what it says next: nothing was said at that time yet. */
function catchUp(clock: LamportClock, time: number): void {
  if (time > 0) clock.witness(time - 1)
}
