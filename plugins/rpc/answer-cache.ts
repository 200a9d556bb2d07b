import { type CachedCalls, CachedWatch, type WatchSurroundings } from './cached-watch.ts'
import type { CachedAnswer } from './contract.ts'

/** An answer that nobody has asked for this long is not kept up to date any more. */
export const idleMs = 5 * 60_000
/** Each holds a call at a server. Those asked longest ago make room. */
const entriesMax = 512

interface Entry {
  readonly watch: CachedWatch<unknown>
  askedAtMs: number
  cancelTimer: () => void
}

/** How long a reader is content to wait, and for what. */
export interface CacheReader {
  readonly minIndex: number
  readonly waitMs: number
  readonly signal: AbortSignal | undefined
}

/** Answers of other servers that readers with `?cached` have asked for lately, kept up to date in the background. */
export class AnswerCache {
  readonly #surroundings: WatchSurroundings
  /** The one asked longest ago is first. */
  readonly #entries = new Map<string, Entry>()

  constructor(surroundings: WatchSurroundings) {
    this.#surroundings = surroundings
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#entries.size
  }

  /** The answer to the question that `key` names; `calls` are used when it is asked for the first time. */
  async read<Value>(key: string, calls: CachedCalls<Value>, reader: CacheReader): Promise<CachedAnswer<Value>> {
    reader.signal?.throwIfAborted()
    const entry = this.#entries.get(key) ?? this.#begin(key, calls)
    entry.askedAtMs = this.#surroundings.clock.monotonicMs()
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return (entry.watch as CachedWatch<Value>).read(reader.minIndex, reader.waitMs, reader.signal)
  }

  close(): void {
    for (const key of [...this.#entries.keys()]) this.#end(key, 'the agent stops')
  }

  #begin(key: string, calls: CachedCalls<unknown>): Entry {
    this.#makeRoom()
    const watch: CachedWatch<unknown> = new CachedWatch(calls, this.#surroundings, () => {
      const entry = this.#entries.get(key)
      if (entry?.watch === watch) this.#forget(key, entry)
    })
    const entry: Entry = { watch, askedAtMs: 0, cancelTimer: () => {} }
    this.#lookAgain(key, entry, idleMs)
    return entry
  }

  #makeRoom(): void {
    if (this.#entries.size < entriesMax) return
    for (const [key, { watch }] of this.#entries) {
      if (watch.readers > 0) continue
      this.#end(key, 'others were asked for later')
      return
    }
  }

  #lookAgain(key: string, entry: Entry, afterMs: number): void {
    const { clock } = this.#surroundings
    entry.cancelTimer = clock.after(afterMs, () => {
      const leftMs = entry.watch.readers > 0 ? idleMs : idleMs - (clock.monotonicMs() - entry.askedAtMs)
      if (leftMs > 0) this.#lookAgain(key, entry, leftMs)
      else this.#end(key, 'nobody has asked for a while')
    })
  }

  #end(key: string, reason: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#forget(key, entry)
    entry.watch.end(new Error(reason))
  }

  #forget(key: string, entry: Entry): void {
    entry.cancelTimer()
    this.#entries.delete(key)
  }
}
