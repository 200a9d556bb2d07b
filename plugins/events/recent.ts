import type { Clock } from '../../src/kernel/clock.ts'
import type { UserEvent } from './user-event.ts'

/** As many as Consul's agents remember. */
const keptMax = 256

/** The last events that were for this agent, oldest first, and those who wait for the next one. */
export class RecentEvents {
  readonly #clock: Clock
  readonly #events: UserEvent[] = []
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many wait for an event. */
  get waiting(): number {
    return this.#waiting.size
  }

  add(event: UserEvent): void {
    this.#events.push(event)
    if (this.#events.length > keptMax) this.#events.shift()
    for (const wake of [...this.#waiting]) wake()
  }

  /** All, or those of one name. */
  list(name?: string): readonly UserEvent[] {
    return name === undefined ? [...this.#events] : this.#events.filter(({ Name }) => Name === name)
  }

  /** The list as soon as its index is another than `seen`; as it is when `waitMs` are over or the signal aborts. */
  async changed(name: string | undefined, seen: bigint, waitMs: number, signal: AbortSignal): Promise<void> {
    const endsAtMs = this.#clock.monotonicMs() + waitMs
    while (indexOf(this.list(name)) === seen && !signal.aborted) {
      const leftMs = endsAtMs - this.#clock.monotonicMs()
      if (leftMs <= 0) return
      await this.#next(leftMs, signal)
    }
  }

  #next(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      const cancel = this.#clock.after(waitMs, wake)
      signal.addEventListener('abort', wake, { once: true })
      this.#waiting.add(wake)
    })
  }
}

/**
 * The index of a list of events: it follows from the id of the newest one, so it is only ever equal or not, and agents
 * agree on it. 1 for an empty list, as readers who wait with 0 would not wait.
 */
export function indexOf(events: readonly UserEvent[]): bigint {
  const digits = events.at(-1)?.ID.replaceAll('-', '') ?? ''
  if (!/^[0-9a-f]{32}$/i.test(digits)) return 1n
  const index = BigInt(`0x${digits.slice(0, 16)}`) ^ BigInt(`0x${digits.slice(16)}`)
  return index === 0n ? 1n : index
}
