/** Tells those who wait for a leader that there may be one. */
export class LeaderNews {
  readonly #listeners = new Set<() => void>()

  /** Calls `listener` at the next news, once. The returned function ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(): void {
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }
}
