/** Something that will happen, unless it is cancelled. */
interface Event {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

/**
 * Time of a simulated cluster: a queue of what will happen when. Nothing happens by itself and nothing happens at once, so a run
 * is one sequence of events, the same for the same seed.
 */
export class World {
  nowMs = 0
  /** Events so far. Orders what clients saw, also within one moment. */
  steps = 0
  #order = 0
  readonly #heap: Event[] = []
  readonly #held: Promise<void>[] = []

  /** Calls `run` after `delayMs`. The returned function cancels it. */
  after(delayMs: number, run: () => void): () => void {
    const event: Event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#push(event)
    return () => {
      event.run = undefined
    }
  }

  /** Nothing else happens before `work` is done: for code of the product that is asynchronous but does not wait. */
  hold(work: Promise<void>): void {
    this.#held.push(work)
  }

  /** Lets things happen, `afterEach` after each of them, until `done` or until `untilMs`. Returns whether `done` came true. */
  async run(untilMs: number, done: () => boolean, afterEach: () => void | Promise<void>): Promise<boolean> {
    for (;;) {
      while (this.#held.length > 0) await this.#held.pop()
      if (done()) return true
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = untilMs
        return false
      }
      this.#pop()
      const { run } = next
      if (run === undefined) continue
      this.nowMs = next.atMs
      this.steps++
      run()
      const pending = afterEach()
      if (pending !== undefined) await pending
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}
