import { keyOf } from '../../src/store/keys.ts'
import type { Coordinate } from '../../src/wire/structs/coordinate.ts'

/** protocol/servers.md §14.4. What a round cannot carry is dropped: every node reports again before long. */
const batchSize = 128
const batchesMax = 5

/** What nodes have reported since the last round, the newest of each alone. */
export class PendingUpdates {
  readonly #byPlace = new Map<string, Coordinate>()

  get size(): number {
    return this.#byPlace.size
  }

  /** False when there is no room for a node that has not reported in this round yet. */
  add(update: Coordinate): boolean {
    const place = keyOf(update.Node.toLowerCase(), update.Segment.toLowerCase())
    if (this.#byPlace.size === batchSize * batchesMax && !this.#byPlace.has(place)) return false
    this.#byPlace.set(place, update)
    return true
  }

  /** Everything, in batches of what one command carries. Begins a new round. */
  take(): Coordinate[][] {
    const updates = [...this.#byPlace.values()]
    this.#byPlace.clear()
    const batches: Coordinate[][] = []
    for (let at = 0; at < updates.length; at += batchSize) batches.push(updates.slice(at, at + batchSize))
    return batches
  }
}
