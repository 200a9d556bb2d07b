/** Numbers of pings, shared by a member's own probes and those it makes for others. They wrap as the wire's 32 bits do. */
export class Sequence {
  #last = 0

  next(): number {
    this.#last = (this.#last + 1) >>> 0
    return this.#last
  }
}
