import type { SerfCoordinate } from '../../src/wire/structs/coordinate.ts'

/** Dimensions of the space; others cannot be compared (protocol/gossip.md §10.1). */
export const dimensions = 8

/** What a node says that has not measured anything yet. */
export const originCoordinate: SerfCoordinate = Object.freeze({
  Vec: Object.freeze(new Array<number>(dimensions).fill(0)),
  Error: 1.5,
  Adjustment: 0,
  Height: 1e-5,
})

/** Coordinates of one node by network segment. */
export type Segments = ReadonlyMap<string, SerfCoordinate>

/**
 * Estimated round trip between two nodes in seconds; Infinity when it cannot be told. A node with one segment is compared
 * in that one, which the other, a server, is in too; else the segment without a name counts.
 */
export function distanceBetween(one: Segments, other: Segments): number {
  let segment = ''
  for (const node of [one, other]) if (node.size === 1) [segment = ''] = node.keys()
  const from = one.get(segment)
  const to = other.get(segment)
  return from === undefined || to === undefined ? Number.POSITIVE_INFINITY : roundTripSeconds(from, to)
}

/** protocol/gossip.md §10.3: adjustments count only where they leave something of the distance. */
export function roundTripSeconds(a: SerfCoordinate, b: SerfCoordinate): number {
  if (!isComparable(a, b)) return Number.POSITIVE_INFINITY
  const square = a.Vec!.reduce((sum, value, at) => sum + (value - b.Vec![at]!) ** 2, 0)
  const raw = Math.sqrt(square) + a.Height + b.Height
  const adjusted = raw + a.Adjustment + b.Adjustment
  // Whole nanoseconds, as Go's durations are: what is nearer than that is equally near.
  return Math.trunc((adjusted > 0 ? adjusted : raw) * 1e9) / 1e9
}

/** Numbers all, as every honest coordinate's are. */
export function isValid(it: SerfCoordinate): boolean {
  return [...(it.Vec ?? []), it.Error, it.Adjustment, it.Height].every(Number.isFinite)
}

function isComparable(a: SerfCoordinate, b: SerfCoordinate): boolean {
  return (a.Vec?.length ?? 0) === (b.Vec?.length ?? 0) && a.Vec !== null && b.Vec !== null
}
