import type { Random } from '../../../src/kernel/random.ts'
import type { NodeState } from './node-state.ts'

/** All known members, by name and in a random order that each member draws for itself. */
export class MemberTable {
  readonly #order: NodeState[] = []
  /** Place of each name in the order. */
  readonly #places = new Map<string, number>()
  readonly #random: Random
  #livingCount = 0

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#order.length
  }

  /** Alive or suspect. */
  get livingCount(): number {
    return this.#livingCount
  }

  get(name: string): NodeState | undefined {
    const place = this.#places.get(name)
    return place === undefined ? undefined : this.#order[place]
  }

  /** The member at a place of the probing order, from 0 to `size` - 1. */
  at(place: number): NodeState {
    return this.#order[place]!
  }

  all(): readonly NodeState[] {
    return this.#order
  }

  /** A new belief, about a member that is known or a new one, which gets a random place. */
  set(state: NodeState): void {
    const place = this.#places.get(state.name)
    if (place === undefined) {
      this.#insert(state)
      return
    }
    this.#livingCount += Number(isLiving(state)) - Number(isLiving(this.#order[place]!))
    this.#order[place] = state
  }

  /** Forgets those for which `keeps` is false and shuffles the others: the next round of probes has another order. */
  reorder(keeps: (state: NodeState) => boolean): void {
    const kept: NodeState[] = []
    for (const state of this.#order) {
      if (keeps(state)) kept.push(state)
      else this.#places.delete(state.name)
    }
    shuffle(kept, this.#random)
    this.#order.length = 0
    this.#livingCount = 0
    for (const state of kept) {
      this.#places.set(state.name, this.#order.push(state) - 1)
      this.#livingCount += Number(isLiving(state))
    }
  }

  /** Up to `count` different members that `accepts` likes, by lot. May find fewer where few are acceptable. */
  pick(count: number, accepts: (state: NodeState) => boolean): NodeState[] {
    const { size } = this
    if (size <= 3 * count) {
      const candidates = this.#order.filter(accepts)
      shuffle(candidates, this.#random)
      candidates.length = Math.min(candidates.length, count)
      return candidates
    }
    const picked: NodeState[] = []
    for (let draw = 0; draw < 3 * size && picked.length < count; draw += 1) {
      const state = this.#order[this.#random.below(size)]!
      if (accepts(state) && !picked.includes(state)) picked.push(state)
    }
    return picked
  }

  #insert(state: NodeState): void {
    const last = this.#order.push(state) - 1
    const place = this.#random.below(last + 1)
    const moved = this.#order[place]!
    this.#order[last] = moved
    this.#order[place] = state
    this.#places.set(moved.name, last)
    this.#places.set(state.name, place)
    this.#livingCount += Number(isLiving(state))
  }
}

export function isLiving({ state }: NodeState): boolean {
  return state === 'alive' || state === 'suspect'
}

function shuffle(items: unknown[], random: Random): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const held = items[last]
    items[last] = items[other]
    items[other] = held
  }
}
