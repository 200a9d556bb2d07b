/** Something that will fall due. Cancelled ones stay in the heap until their time comes, and then do nothing. */
export interface Deadline {
  readonly atMs: number
  readonly run: (now: number) => void
  readonly order: number
  cancelled: boolean
}

/** Timers as plain values: a binary heap by time; of two at one moment the older runs first. */
export class Deadlines {
  readonly #heap: Deadline[] = []
  #order = 0

  add(atMs: number, run: (now: number) => void): Deadline {
    const deadline: Deadline = { atMs, run, order: this.#order++, cancelled: false }
    const heap = this.#heap
    heap.push(deadline)
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!precedes(deadline, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = deadline
    return deadline
  }

  /** The earliest that still counts; Infinity when there is none. */
  nextAtMs(): number {
    while (this.#heap.length > 0 && this.#heap[0]!.cancelled) this.#pop()
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  /** Runs what fell due, in order; what these runs add for a moment that has passed runs too. */
  runDue(now: number): void {
    while (this.nextAtMs() <= now) {
      const due = this.#pop()
      due.cancelled = true
      due.run(now)
    }
  }

  #pop(): Deadline {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child += 1
      if (!precedes(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function precedes(one: Deadline, other: Deadline): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}
