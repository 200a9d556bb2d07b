import { ownBytes } from '../../../src/kernel/own-bytes.ts'

/** A message on its way to everybody. */
interface Queued {
  readonly message: Buffer
  readonly key: string | undefined
  readonly done: (() => void) | undefined
  /** Counts up: of two messages the one with the greater order is newer. */
  readonly order: number
  transmits: number
}

export interface BroadcastOptions {
  /** What the message is about. A newer message with the same key takes its place. */
  readonly key?: string | undefined
  /** Called once, when the message was sent often enough, was replaced or was pruned. */
  readonly done?: (() => void) | undefined
}

/**
 * How often each message is sent before it is dropped: enough for an epidemic to reach all of `members`, from any start
 * (protocol/gossip.md §6.12; SWIM, section 4.1).
 */
export function retransmitLimit(retransmitMult: number, members: number): number {
  return retransmitMult * Math.ceil(Math.log10(members + 1))
}

/**
 * Messages that travel along with packets. What was sent least goes first; of those the longest that still fits, and of
 * equally long ones the newest, so that packets are full and news is fresh.
 */
export class BroadcastQueue {
  /** By number of transmissions; each tier sorted as it is to be sent. */
  readonly #tiers: Queued[][] = []
  readonly #byKey = new Map<string, Queued>()
  readonly #retransmitMult: number
  #size = 0
  #order = 0

  constructor(retransmitMult: number) {
    this.#retransmitMult = retransmitMult
  }

  get size(): number {
    return this.#size
  }

  /** The message waits for packets to travel with. */
  add(message: Buffer, options: BroadcastOptions = {}): void {
    const { key, done } = options
    // Alone in its pool an agent keeps thousands: nobody is there to send them to.
    const queued: Queued = { message: ownBytes(message), key, done, order: this.#order++, transmits: 0 }
    const earlier = key === undefined ? undefined : this.#byKey.get(key)
    if (earlier) this.#remove(earlier)
    if (key !== undefined) this.#byKey.set(key, queued)
    this.#insert(queued)
    earlier?.done?.()
  }

  /**
   * Messages whose lengths, each with `overheadBytes` added, fit into `limitBytes` together. They count as sent.
   * `members` is the size of the pool.
   */
  take(overheadBytes: number, limitBytes: number, members: number): Buffer[] {
    if (this.#size === 0) return []
    const taken: Queued[] = []
    let freeBytes = limitBytes
    for (const tier of this.#tiers) {
      // Sent ones leave the tier at once and enter the next only after the walk: none is taken twice.
      for (let at = firstThatFits(tier, freeBytes - overheadBytes); at < tier.length; ) {
        const [queued] = tier.splice(at, 1)
        taken.push(queued!)
        freeBytes -= queued!.message.length + overheadBytes
        at = firstThatFits(tier, freeBytes - overheadBytes)
      }
    }
    this.#size -= taken.length
    const limit = retransmitLimit(this.#retransmitMult, members)
    const finished: Queued[] = []
    for (const queued of taken) {
      queued.transmits += 1
      if (queued.transmits < limit) this.#insert(queued)
      else finished.push(queued)
    }
    this.#forget(finished)
    return taken.map(({ message }) => message)
  }

  /** Drops what was sent most until at most `keep` messages are left. */
  prune(keep: number): void {
    const dropped: Queued[] = []
    for (let tier = this.#tiers.length - 1; tier >= 0; tier -= 1) {
      while (this.#size > keep && this.#tiers[tier]!.length > 0) {
        this.#size -= 1
        dropped.push(this.#tiers[tier]!.pop()!)
      }
    }
    this.#forget(dropped)
  }

  #insert(queued: Queued): void {
    while (this.#tiers.length <= queued.transmits) this.#tiers.push([])
    const tier = this.#tiers[queued.transmits]!
    tier.splice(place(tier, queued), 0, queued)
    this.#size += 1
  }

  #remove(queued: Queued): void {
    const tier = this.#tiers[queued.transmits]!
    tier.splice(place(tier, queued), 1)
    this.#size -= 1
  }

  /** Those who wait are told last: what they add finds the queue in order. */
  #forget(gone: readonly Queued[]): void {
    for (const { key } of gone) {
      if (key !== undefined) this.#byKey.delete(key)
    }
    for (const { done } of gone) done?.()
  }
}

/** Where `queued` stands in the tier, or would. */
function place(tier: readonly Queued[], queued: Queued): number {
  return firstWhere(tier, (other) => !precedes(other, queued))
}

function precedes(one: Queued, other: Queued): boolean {
  if (one.message.length !== other.message.length) return one.message.length > other.message.length
  return one.order > other.order
}

function firstThatFits(tier: readonly Queued[], freeBytes: number): number {
  if (tier.length === 0 || freeBytes < tier.at(-1)!.message.length) return tier.length
  return firstWhere(tier, ({ message }) => message.length <= freeBytes)
}

/** Binary search: `holds` is false for the first ones and true from some place on. */
function firstWhere(tier: readonly Queued[], holds: (queued: Queued) => boolean): number {
  let low = 0
  let high = tier.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(tier[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
