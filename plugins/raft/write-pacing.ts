/** With fewer entries in a write there is nothing to gain. */
const entriesMin = 8
/** Turns of the event loop that a write waits for more entries at most. */
const turnsMax = 16

/**
 * How many entries a server that leads alone gives the disk at a time, when many clients write at once. As they come, nearly all
 * of them end up in one write: all are answered together, so their next requests come together. While the disk has them this
 * thread has nothing to do, and then the disk has nothing to do. With half of them in each write the disk stores one half while
 * this thread answers the clients of the other and reads what they ask next.
 *
 * With few clients all that waits is written at once. Where the disk is so slow that nothing else counts, writes had half of
 * the entries each before. Not for leaders with followers: each smaller write is one more for every server.
 */
export class WritePacing {
  /** Half of the entries that were under way when the last write was done. */
  #half = 0
  #turns = 0

  /** Entries that a write has at most. */
  get entriesMax(): number {
    return this.#isOn ? this.#half : Number.POSITIVE_INFINITY
  }

  /** True when so many waiting entries are enough for a write, whatever this turn of the event loop may still bring. */
  isFull(waiting: number): boolean {
    return this.#isOn && waiting >= this.#half
  }

  /** Asked in each turn of the event loop while the disk is idle: whether a write of so many entries should wait for more. */
  holds(waiting: number): boolean {
    if (this.#isOn && waiting > 0 && waiting < this.#half && this.#turns < turnsMax) {
      this.#turns++
      return true
    }
    this.#turns = 0
    return false
  }

  /** A write is done. `underWay`: its entries, and all that came while it lasted. */
  written(underWay: number): void {
    this.#half = Math.ceil(underWay / 2)
  }

  get #isOn(): boolean {
    return this.#half >= entriesMin
  }
}
