/**
 * The largest logical time that is believed. Nobody gets there by counting: at a million events a second it takes 142
 * years. A larger one is a fault or an attack, and a clock that took it over could count no further, here or elsewhere.
 */
export const lTimeMax = 2 ** 52

/**
 * A Lamport clock (Lamport 1978, "Time, Clocks, and the Ordering of Events"): what is said after something was heard carries
 * a larger time than what was heard. Serf has three, for members, events and queries (protocol/gossip.md §9.1).
 */
export class LamportClock {
  #time = 1

  /** The time of what is said next. Who says something hears it too, and `witness`es it. */
  get time(): number {
    return this.#time
  }

  /** Counts something heard. */
  witness(heard: number): void {
    if (heard >= this.#time && heard <= lTimeMax) this.#time = heard + 1
  }
}
