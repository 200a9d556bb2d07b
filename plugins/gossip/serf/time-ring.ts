import type { LamportClock } from './lamport.ts'

interface Slot<T> {
  readonly lTime: number
  readonly held: T[]
}

/** What was recently heard, by logical time, in a bounded memory: one slot for each of the last times. */
export class TimeRing<T> {
  readonly #slots: (Slot<T> | undefined)[]
  readonly #clock: LamportClock
  #minTime = 0

  constructor(slotCount: number, clock: LamportClock) {
    this.#slots = Array<Slot<T> | undefined>(slotCount).fill(undefined)
    this.#clock = clock
  }

  /** Nothing from before this time is heard any more. */
  ignoreBefore(lTime: number): void {
    this.#minTime = Math.max(this.#minTime, lTime)
  }

  get minTime(): number {
    return this.#minTime
  }

  /**
   * What is held of this time, to look at and add to; undefined when the time is too long ago to say whether something
   * is new. The clock must have witnessed the time.
   */
  at(lTime: number): T[] | undefined {
    const count = this.#slots.length
    const { time } = this.#clock
    if (lTime < this.#minTime || (time > count && lTime < time - count)) return undefined
    const slot = this.#slots[lTime % count]
    if (slot?.lTime === lTime) return slot.held
    const fresh: Slot<T> = { lTime, held: [] }
    this.#slots[lTime % count] = fresh
    return fresh.held
  }

  /** All slots, the empty ones too. */
  slots(): readonly (Slot<T> | undefined)[] {
    return this.#slots
  }
}
