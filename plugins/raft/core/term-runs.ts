/** Consecutive entries of one term, told by the first of them. */
export interface TermRun {
  readonly from: number
  readonly term: number
}

/**
 * The term of every entry in the log, in a few bytes per change of leader rather than per entry: terms never fall along a
 * log, so the places where they rise say everything.
 */
export class TermRuns {
  readonly #runs: TermRun[]

  /** `runs` rise in both index and term. */
  constructor(runs: readonly TermRun[] = []) {
    this.#runs = [...runs]
  }

  /** Notes that the entry at `index`, the next one of the log, has `term`. */
  append(index: number, term: number): void {
    const last = this.#runs.at(-1)
    if (last === undefined || last.term !== term) this.#runs.push({ from: index, term })
  }

  /** The term at `index`, which the caller knows to lie in the log. */
  at(index: number): number | undefined {
    return this.#runs[this.#position(index)]?.term
  }

  /** First known index of the run that `index` lies in. */
  startOf(index: number): number | undefined {
    return this.#runs[this.#position(index)]?.from
  }

  /** The last index of `term` in a log that ends at `lastIndex`, or undefined when no entry has that term. */
  lastOf(term: number, lastIndex: number): number | undefined {
    const position = this.#runs.findIndex((run) => run.term === term)
    if (position === -1) return undefined
    const next = this.#runs[position + 1]
    return next === undefined ? lastIndex : next.from - 1
  }

  /** Forgets entries from `index` on. */
  truncateFrom(index: number): void {
    while (this.#runs.length > 0 && this.#runs.at(-1)!.from >= index) this.#runs.pop()
  }

  /** Forgets entries before `index`. */
  compactTo(index: number): void {
    const position = this.#position(index)
    if (position <= 0) return
    this.#runs.splice(0, position)
  }

  #position(index: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#runs[middle]!.from <= index) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
