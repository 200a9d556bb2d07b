import { createRequire } from 'node:module'
import type sortedBtree from 'sorted-btree'

/** A sorted map with an O(1) copy-on-write clone (https://github.com/qwertie/btree-typescript). */
export type BTree<Key, Value> = sortedBtree.default<Key, Value>

/**
 * The package is CommonJS with a `default` export, which Node and bundlers unwrap differently when it is imported:
 * required, it is the same object everywhere.
 */
const { default: SortedBTree } = createRequire(import.meta.url)('sorted-btree') as typeof sortedBtree

export function newTree<Key, Value>(compare: (a: Key, b: Key) => number): BTree<Key, Value> {
  return new SortedBTree<Key, Value>(undefined, compare)
}

/** Values of `low` ≤ key < `high` in key order; without `high` to the end. */
export function valuesBetween<Key, Value>(tree: BTree<Key, Value>, low: Key, high: Key | undefined): Value[] {
  const values: Value[] = []
  const take = (_: Key, value: Value): void => {
    values.push(value)
  }
  if (high !== undefined) tree.forRange(low, high, false, take)
  else if (!tree.isEmpty) tree.forRange(low, tree.maxKey()!, true, take)
  return values
}

/** How many keys `low` ≤ key < `high` there are; without `high` to the end. */
export function countBetween<Key, Value>(tree: BTree<Key, Value>, low: Key, high: Key | undefined): number {
  if (high !== undefined) return tree.forRange(low, high, false)
  return tree.isEmpty ? 0 : tree.forRange(low, tree.maxKey()!, true)
}
