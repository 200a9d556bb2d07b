import type { Transaction } from '../../src/store/transaction.ts'

/** A lock is kept from others for no longer than this after its session ended. */
export const lockDelayMaxMs = 60_000

/**
 * Which keys may not be locked yet, because the session that held them ended and its owner may not have noticed.
 * Every server notes them by its own clock and only the leader asks, before it logs a lock: this is no replicated state
 * (protocol/servers.md §13.1).
 */
export class LockDelays {
  /** What the transaction that is under way would delay; it counts only once that has held. */
  #pending: { readonly tx: Transaction; readonly delaysMs: Map<string, number> } | undefined
  readonly #untilMs = new Map<string, number>()
  #sweepAtMs = 0

  /** A session ended in `tx` that held `key` and asks for this delay. */
  note(tx: Transaction, key: string, lockDelayNs: number): void {
    if (lockDelayNs <= 0) return
    if (this.#pending?.tx !== tx) this.#pending = { tx, delaysMs: new Map() }
    this.#pending.delaysMs.set(key, Math.min(lockDelayNs / 1e6, lockDelayMaxMs))
  }

  /** True when `committed` has something to do. */
  get arePending(): boolean {
    return this.#pending !== undefined
  }

  /** The transaction with this index has held, at `nowMs` of a clock that never runs backwards. */
  committed(index: number, nowMs: number): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    if (pending.tx.index !== index) return
    this.#sweep(nowMs)
    for (const [key, delayMs] of pending.delaysMs) this.#untilMs.set(key, nowMs + delayMs)
  }

  /** True when nobody may lock the key at `nowMs`. */
  delays(key: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(key)
    return untilMs !== undefined && nowMs < untilMs
  }

  /** How many keys are remembered, those whose time is over and that are not yet forgotten among them. */
  get size(): number {
    return this.#untilMs.size
  }

  /** Forgets what is over, at most once within the longest delay: each key is looked at about once. */
  #sweep(nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return
    this.#sweepAtMs = nowMs + lockDelayMaxMs
    for (const [key, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(key)
  }
}
