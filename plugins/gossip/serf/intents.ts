import { memberStatus } from '../contract.ts'
import type { JoinIntent, LeaveIntent } from './messages.ts'
import { RecentIntents } from './recent-intents.ts'
import type { Shared } from './shared.ts'
import { encodeMessage } from './wire.ts'

/** What members want, as against what memberlist sees of them: to take part, or to leave (protocol/gossip.md §9.3). */
export class Intents {
  readonly #shared: Shared
  readonly #recent = new RecentIntents()
  #leaving = false
  /** When this member last said that it takes part, which nobody else says of it; 0 for never. */
  #joinedAtLTime = 0

  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** The last word about a member that is not known yet. */
  heard(name: string): { readonly type: 'join' | 'leave'; readonly lTime: number } | undefined {
    return this.#recent.of(name)
  }

  /** An intent that arrived; passed on when it is news. */
  receive(intent: LeaveIntent | JoinIntent, encoded: Buffer, now: number): void {
    const { queues } = this.#shared
    if (this.take(intent, now) && queues.fits(encoded)) queues.intents.add(encoded)
  }

  /** Takes an intent in. True when it is news that the others should hear. */
  take(intent: LeaveIntent | JoinIntent, now: number): boolean {
    const { clocks, roster } = this.#shared
    clocks.member.witness(intent.lTime)
    const { node, type, lTime } = intent
    if (!roster.get(node)) return this.#recent.add(node, type, lTime, now)
    return type === 'join' ? roster.joinIntent(node, lTime) : this.#takeLeave(intent, now)
  }

  /** Tells everybody that this member takes part. */
  announceJoin(now: number): void {
    const { clocks, name, queues } = this.#shared
    const intent: JoinIntent = { type: 'join', lTime: clocks.member.time, node: name }
    this.#joinedAtLTime = intent.lTime
    this.take(intent, now)
    queues.intents.add(encodeMessage(intent))
  }

  /**
   * Tells everybody that this member leaves, or that a failed one has left. `spread` is called once the message is sent
   * often enough or nobody is there to hear it; its argument is false when that took too long.
   */
  announceLeave(node: string, prune: boolean, now: number, spread: (inTime: boolean, at: number) => void): void {
    const { clocks, config, deadlines, queues } = this.#shared
    const intent: LeaveIntent = { type: 'leave', lTime: clocks.member.time, node, prune }
    this.take(intent, now)
    if (!this.#hasCompany()) {
      spread(true, now)
      return
    }
    const timeout = deadlines.add(now + config.broadcastTimeoutMs, (at) => spread(false, at))
    // A queue tells it while a packet is being filled, which is no moment to do anything: overdue, it is next.
    const overdueMs = 0
    const sent = () => {
      if (timeout.cancelled) return
      timeout.cancelled = true
      deadlines.add(overdueMs, (at) => spread(true, at))
    }
    queues.intents.add(encodeMessage(intent), { done: sent })
  }

  /**
   * Somebody's last word about this member is of `lTime`. When that is later than its own last word, somebody believes that it leaves;
   * the message that said so may not have come here.
   */
  correct(lTime: number, now: number): void {
    if (lTime > this.#joinedAtLTime) this.#refute(lTime, now)
  }

  /** From now on others may say that this member leaves. */
  stopRefuting(): void {
    this.#leaving = true
  }

  /** Forgets intents whose members never came. */
  expire(now: number): void {
    this.#recent.expire(now, this.#shared.config.intentTimeoutMs)
  }

  #takeLeave({ node, lTime, prune }: LeaveIntent, now: number): boolean {
    const { name, roster } = this.#shared
    if (node === name && !this.#leaving) {
      // Not by the time of its status: a push/pull may have brought that of this very leave.
      if (lTime >= this.#joinedAtLTime) this.#refute(lTime, now)
      return false
    }
    if (!roster.leaveIntent(node, lTime)) return false
    if (prune) this.#prune(node, now)
    return true
  }

  /**
   * Says later than `lTime` that this member takes part, and later than what a push/pull with somebody for whom it has left makes of
   * that: one more (protocol/gossip.md §9.4).
   */
  #refute(lTime: number, now: number): void {
    if (this.#leaving) return
    const { clocks, outbox } = this.#shared
    outbox.log('debug', 'serf: Refuting an older leave intent')
    clocks.member.witness(lTime + 1)
    this.announceJoin(now)
  }

  /** One that has left goes at once; one that is still leaving is given the time that takes. */
  #prune(node: string, now: number): void {
    const { config, deadlines, roster } = this.#shared
    if (roster.get(node)?.status === memberStatus.leaving) {
      deadlines.add(now + config.broadcastTimeoutMs + config.leavePropagateDelayMs, () => roster.prune(node))
    } else {
      roster.prune(node)
    }
  }

  #hasCompany(): boolean {
    const { name, roster } = this.#shared
    return roster.list().some((member) => member.name !== name && member.status === memberStatus.alive)
  }
}
