import { parseDuration } from '../../../src/kernel/duration.ts'
import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { type Member, type MemberStatus, memberStatus } from '../contract.ts'
import type { NodeState } from '../core/node-state.ts'
import type { SerfConfig } from './config.ts'
import type { SerfOutbox } from './outputs.ts'
import { decodeTags, type Tags } from './tags.ts'

const { alive, leaving, left, failed } = memberStatus

/** Everybody serf knows, with what serf makes of memberlist's news and the members' intents (protocol/gossip.md §9.2). */
export class Roster {
  readonly #members = new Map<string, Member>()
  /** When members failed or left. */
  readonly #goneAtMs = new Map<string, number>()
  readonly #failed = new Set<string>()
  readonly #left = new Set<string>()
  readonly #outbox: SerfOutbox
  readonly #erased: (name: string) => void
  #list: readonly Member[] | undefined

  /** `erased` is told each name that is forgotten. */
  constructor(outbox: SerfOutbox, erased: (name: string) => void) {
    this.#outbox = outbox
    this.#erased = erased
  }

  get(name: string): Member | undefined {
    return this.#members.get(name)
  }

  /** All members of whatever status; the same list until something changes. */
  list(): readonly Member[] {
    this.#list ??= [...this.#members.values()]
    return this.#list
  }

  get size(): number {
    return this.#members.size
  }

  get failed(): ReadonlySet<string> {
    return this.#failed
  }

  get left(): ReadonlySet<string> {
    return this.#left
  }

  /** Memberlist says a member lives. `heard` is what was said of it before it was met. */
  joined(node: NodeState, heard: { readonly type: 'join' | 'leave'; readonly lTime: number } | undefined): void {
    const known = this.#members.get(node.name)
    const status = !known && heard?.type === 'leave' ? leaving : alive
    const member = this.#memberOf(node, status, known?.statusLTime ?? heard?.lTime ?? 0)
    this.#goneAtMs.delete(node.name)
    this.#failed.delete(node.name)
    this.#left.delete(node.name)
    this.#set(member)
    this.#outbox.member('join', member)
  }

  /** Memberlist says a member is gone. Whether that is failure is a matter of what it intended. */
  gone(name: string, now: number): void {
    const known = this.#members.get(name)
    if (known?.status === leaving) {
      this.#goneAtMs.set(name, now)
      this.#left.add(name)
      this.#outbox.member('leave', this.#setStatus(known, left))
    } else if (known?.status === alive) {
      this.#goneAtMs.set(name, now)
      this.#failed.add(name)
      this.#outbox.member('failed', this.#setStatus(known, failed))
    }
  }

  /** Memberlist says a member shows other tags. */
  updated(node: NodeState): void {
    const known = this.#members.get(node.name)
    if (!known) return
    const member = this.#memberOf(node, known.status, known.statusLTime ?? 0)
    this.#set(member)
    this.#outbox.member('update', member)
  }

  /** A newer word that the member leaves: true when it is news to a member that is known. */
  leaveIntent(name: string, lTime: number): boolean {
    const known = this.#members.get(name)
    if (!known || lTime <= (known.statusLTime ?? 0)) return false
    if (known.status === alive) {
      this.#set({ ...known, status: leaving, statusLTime: lTime })
    } else if (known.status === failed) {
      this.#failed.delete(name)
      this.#left.add(name)
      const member = { ...known, status: left, statusLTime: lTime }
      this.#set(member)
      this.#outbox.member('leave', member)
    } else {
      this.#set({ ...known, statusLTime: lTime })
    }
    return true
  }

  /** A newer word that the member takes part: true when it is news to a member that is known. */
  joinIntent(name: string, lTime: number): boolean {
    const known = this.#members.get(name)
    if (!known || lTime <= (known.statusLTime ?? 0)) return false
    this.#set({ ...known, status: known.status === leaving ? alive : known.status, statusLTime: lTime })
    return true
  }

  /** Forgets a member that is leaving or has left, at once; a member that came back stays. */
  prune(name: string): void {
    const status = this.#members.get(name)?.status
    if (status === leaving || status === left) this.#erase(name)
  }

  /** Forgets those who failed or left too long ago. */
  reap(now: number, { reconnectTimeoutMs, tombstoneTimeoutMs }: SerfConfig): void {
    for (const name of this.#failed) this.#reapOne(name, now, reconnectTimeoutMs)
    for (const name of this.#left) this.#reapOne(name, now, tombstoneTimeoutMs)
  }

  #reapOne(name: string, now: number, timeoutMs: number): void {
    const own = ownTimeoutMs(this.#members.get(name)!.tags)
    if (now - this.#goneAtMs.get(name)! > (own ?? timeoutMs)) this.#erase(name)
  }

  #erase(name: string): void {
    const member = this.#members.get(name)!
    this.#members.delete(name)
    this.#goneAtMs.delete(name)
    this.#failed.delete(name)
    this.#left.delete(name)
    this.#list = undefined
    this.#erased(name)
    this.#outbox.member('reap', member)
  }

  #set(member: Member): void {
    this.#members.set(member.name, member)
    this.#list = undefined
  }

  #setStatus(known: Member, status: MemberStatus): Member {
    const member = { ...known, status }
    this.#set(member)
    return member
  }

  #memberOf(node: NodeState, status: MemberStatus, statusLTime: number): Member {
    const { name, address, port, vsn } = node
    const protocol = { min: vsn.pMin, max: vsn.pMax, current: vsn.pCur }
    const delegate = { min: vsn.dMin, max: vsn.dMax, current: vsn.dCur }
    return { name, address, port, tags: this.#tagsOf(node), status, statusLTime, protocol, delegate }
  }

  #tagsOf(node: NodeState): Tags {
    try {
      return decodeTags(node.meta)
    } catch (error) {
      if (!(error instanceof MalformedMsgpackError)) throw error
      this.#outbox.log('warn', 'serf: tags of a member cannot be read', { member: node.name, error })
      return {}
    }
  }
}

/** How long the member itself wishes to be remembered; undefined when it says nothing sensible. */
function ownTimeoutMs(tags: Tags): number | undefined {
  return tags.rc_tm === undefined ? undefined : parseDuration(tags.rc_tm)
}
