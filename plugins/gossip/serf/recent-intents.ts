interface HeardIntent {
  readonly type: 'join' | 'leave'
  readonly lTime: number
  readonly heardAtMs: number
}

/** More members than this never are on their way at one time; the longest known make room. */
const intentsMax = 16_384

/** What was said about members that nobody has met yet: gossip may overtake the news of the member itself (§9.3). */
export class RecentIntents {
  readonly #intents = new Map<string, HeardIntent>()

  /** Keeps the intent if it is newer than what is known of the name. False when it is not. */
  add(node: string, type: HeardIntent['type'], lTime: number, now: number): boolean {
    const known = this.#intents.get(node)
    if (known && lTime <= known.lTime) return false
    this.#intents.delete(node)
    this.#intents.set(node, { type, lTime, heardAtMs: now })
    if (this.#intents.size > intentsMax) this.#intents.delete(this.#intents.keys().next().value!)
    return true
  }

  /** The last word about the name. */
  of(node: string): { readonly type: 'join' | 'leave'; readonly lTime: number } | undefined {
    return this.#intents.get(node)
  }

  /** Forgets what is older than `timeoutMs`. */
  expire(now: number, timeoutMs: number): void {
    for (const [node, { heardAtMs }] of this.#intents) {
      if (now - heardAtMs <= timeoutMs) break // in the order they were heard
      this.#intents.delete(node)
    }
  }

  get size(): number {
    return this.#intents.size
  }
}
