interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Linearizable reads on their way: first a majority has to confirm the leader, then what was committed has to be applied. */
export class Reads {
  readonly #asked = new Map<number, Waiting>()
  #confirmed: (Waiting & { readonly index: number })[] = []
  #nextToken = 1

  /** A promise for the read, and the token by which the core knows it. */
  ask(): { readonly token: number; readonly verified: Promise<void> } {
    const token = this.#nextToken++
    const verified = new Promise<void>((resolve, reject) => this.#asked.set(token, { resolve, reject }))
    return { token, verified }
  }

  /** A majority confirmed the leader; the read may go on once `index` is applied. */
  confirmed(token: number, index: number, appliedIndex: number): void {
    const read = this.#take(token)
    if (read === undefined) return
    if (index <= appliedIndex) read.resolve()
    else this.#confirmed.push({ index, ...read })
  }

  failed(token: number, reason: Error): void {
    this.#take(token)?.reject(reason)
  }

  applied(appliedIndex: number): void {
    if (this.#confirmed.length === 0) return
    const reached = this.#confirmed.filter(({ index }) => index <= appliedIndex)
    this.#confirmed = this.#confirmed.filter(({ index }) => index > appliedIndex)
    for (const { resolve } of reached) resolve()
  }

  rejectAll(reason: Error): void {
    for (const { reject } of [...this.#asked.values(), ...this.#confirmed]) reject(reason)
    this.#asked.clear()
    this.#confirmed = []
  }

  #take(token: number): Waiting | undefined {
    const read = this.#asked.get(token)
    this.#asked.delete(token)
    return read
  }
}
