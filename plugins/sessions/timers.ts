import type { Clock } from '../../src/kernel/clock.ts'
import { sessionKey } from '../../src/rules/session-ids.ts'
import type { Session } from '../../src/wire/structs/session.ts'
import { ttlMs } from './prepare.ts'

/** A session lapses after twice its TTL: a renewal may be late, an end too early may not be (protocol/servers.md §14.3). */
export const graceFactor = 2

/** The time that each session has left. Kept by the leader alone, in memory: a new leader gives everyone the full time. */
export class SessionTimers {
  readonly #clock: Clock
  readonly #lapsed: (id: string) => void
  readonly #cancels = new Map<string, () => void>()

  /** `lapsed` is told the id of each session whose time is over. */
  constructor(clock: Clock, lapsed: (id: string) => void) {
    this.#clock = clock
    this.#lapsed = lapsed
  }

  /** Gives a session its full time, from now on. */
  restart(session: Session): void {
    const key = sessionKey(session.ID)
    this.stop(key)
    const leftMs = ttlMs(session)
    if (leftMs === undefined) return
    const cancel = this.#clock.after(leftMs * graceFactor, () => {
      this.#cancels.delete(key)
      this.#lapsed(session.ID)
    })
    this.#cancels.set(key, cancel)
  }

  /** By the `sessionKey` of the id. */
  has(key: string): boolean {
    return this.#cancels.has(key)
  }

  stop(key: string): void {
    this.#cancels.get(key)?.()
    this.#cancels.delete(key)
  }

  stopAll(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }
}
