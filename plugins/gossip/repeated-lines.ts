/** A line is worth saying again after that long: seldom enough not to bury the others, often enough to be found. */
const quietMs = 60_000

/** Beyond so many different lines at a time nothing is remembered: each is said then, as without this. */
const linesMax = 1000

/**
 * Keeps the log readable where gossip says the same again and again: a conflict of names comes back with every packet that
 * carries the other one's announcement, several times a second.
 */
export class RepeatedLines {
  readonly #said = new Map<string, { readonly atMs: number; withheld: number }>()

  /**
   * What to say of a line: how often it was withheld since it was said last, or undefined to withhold this one, too.
   */
  heard(line: string, nowMs: number): number | undefined {
    const last = this.#said.get(line)
    if (last !== undefined && nowMs - last.atMs < quietMs) {
      last.withheld++
      return undefined
    }
    if (this.#said.size >= linesMax) this.#forget(nowMs)
    if (this.#said.size < linesMax) this.#said.set(line, { atMs: nowMs, withheld: 0 })
    return last?.withheld ?? 0
  }

  #forget(nowMs: number): void {
    for (const [line, { atMs }] of this.#said) if (nowMs - atMs >= quietMs) this.#said.delete(line)
  }
}
