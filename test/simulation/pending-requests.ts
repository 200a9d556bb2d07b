import type { Found, Outcome } from './client-port.ts'

interface Write {
  readonly term: number
  readonly done: (outcome: Outcome<unknown>) => void
}

interface Read {
  readonly key: string
  readonly done: (outcome: Outcome<Found>) => void
}

/** Clients that wait for one server: for an entry of theirs to be applied, or for a read that the server may answer. */
export class PendingRequests {
  readonly #writes = new Map<number, Write>()
  readonly #reads = new Map<number, Read>()
  #confirmed: (Read & { readonly index: number })[] = []
  #nextToken = 1

  /** The process ended, and nobody gets an answer. */
  forget(): void {
    this.#writes.clear()
    this.#reads.clear()
    this.#confirmed = []
  }

  proposed(index: number, term: number, done: Write['done']): void {
    this.#writes.set(index, { term, done })
  }

  /** The entry at `index` is applied. Returns whether it was the one that a client here proposed. */
  applied(index: number, term: number, result: unknown): boolean {
    const write = this.#writes.get(index)
    if (write === undefined) return false
    this.#writes.delete(index)
    const own = write.term === term
    write.done(own ? { kind: 'done', result } : { kind: 'unknown' })
    return own
  }

  /** The server does not lead any more: what was proposed may be committed by others, or not. */
  abandonWrites(): void {
    for (const { done } of this.#writes.values()) done({ kind: 'unknown' })
    this.#writes.clear()
  }

  /** A token by which the core will know a read. */
  newToken(): number {
    return this.#nextToken++
  }

  asked(token: number, read: Read): void {
    this.#reads.set(token, read)
  }

  readFailed(token: number): void {
    this.#take(token)?.done({ kind: 'refused', reason: 'leadership lost' })
  }

  readConfirmed(token: number, index: number): void {
    const read = this.#take(token)
    if (read !== undefined) this.#confirmed.push({ index, ...read })
  }

  /** Answers the reads for which enough is applied, and says how many. */
  answerReads(appliedIndex: number, find: (key: string) => Found): number {
    if (this.#confirmed.length === 0) return 0
    const reached = this.#confirmed.filter(({ index }) => index <= appliedIndex)
    this.#confirmed = this.#confirmed.filter(({ index }) => index > appliedIndex)
    for (const { key, done } of reached) done({ kind: 'done', result: find(key) })
    return reached.length
  }

  #take(token: number): Read | undefined {
    const read = this.#reads.get(token)
    this.#reads.delete(token)
    return read
  }
}
