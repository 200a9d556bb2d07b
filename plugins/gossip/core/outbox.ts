import type { BroadcastQueue } from './broadcasts.ts'
import type { SwimConfig } from './config.ts'
import type { SwimDelegate } from './delegate.ts'
import type { Effect, LogEffect } from './effects.ts'
import type { MemberTable } from './member-table.ts'
import type { Endpoint, SwimMessage } from './messages.ts'

/** Bytes of a compound's type and count, and of each part's length. */
const compoundBytes = 2
const partBytes = 2
const userType = Buffer.of(8)

interface OutboxParts {
  readonly config: SwimConfig
  readonly encode: (message: SwimMessage) => Buffer
  readonly queue: BroadcastQueue
  readonly delegate: SwimDelegate
  readonly table: MemberTable
}

/** Collects what the driver shall do, and lets queued broadcasts travel along with whatever is sent (protocol/gossip.md §3.6). */
export class Outbox {
  readonly #parts: OutboxParts
  #effects: Effect[] = []
  #packetOverheadBytes = 0

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  take(): Effect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  setPacketOverhead(bytes: number): void {
    this.#packetOverheadBytes = bytes
  }

  add(effect: Effect): void {
    this.#effects.push(effect)
  }

  log(level: LogEffect['level'], text: string, fields: LogEffect['fields']): void {
    this.#effects.push({ kind: 'log', level, text, fields })
  }

  /** Whether a packet can hold the message at all. */
  fits({ length }: Buffer): boolean {
    return length + partBytes <= this.#budgetBytes
  }

  /** A message to one member, in company of as many broadcasts as the packet holds. */
  send(to: Endpoint, message: SwimMessage): void {
    const encoded = this.#parts.encode(message)
    const parts = [encoded, ...this.broadcasts(this.#budgetBytes - encoded.length)]
    this.#effects.push({ kind: 'packet', to, parts, crc: false })
  }

  /** Broadcasts that fill one packet; none when there is no news. */
  broadcasts(limitBytes = this.#budgetBytes): Buffer[] {
    const { queue, table, delegate } = this.#parts
    const taken = queue.take(partBytes, limitBytes, table.size)
    if (!delegate.broadcastsWaiting()) return taken
    let freeBytes = limitBytes
    for (const { length } of taken) freeBytes -= length + partBytes
    for (const body of delegate.broadcasts(partBytes + userType.length, freeBytes))
      taken.push(Buffer.concat([userType, body]))
    return taken
  }

  get #budgetBytes(): number {
    return this.#parts.config.packetBudgetBytes - compoundBytes - this.#packetOverheadBytes
  }
}
