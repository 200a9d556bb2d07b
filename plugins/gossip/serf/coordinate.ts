import type { SerfCoordinate } from '../../../src/wire/structs/coordinate.ts'

/** Dimensions of the space, besides the height. All members of a pool have the same. */
export const dimensions = 8
/** How wrong a coordinate that knows nothing says it is. */
export const errorMax = 1.5
/** No height is less: seconds. */
export const heightMin = 1e-5

/**
 * Where a member stands in the network: distances between coordinates estimate round trips (Dabek et al., "Vivaldi: A
 * Decentralized Network Coordinate System", 2004; protocol/gossip.md §10). Values in seconds.
 */
export interface Coordinate {
  /** Position in a space of eight dimensions. */
  readonly vec: readonly number[]
  /** How far the estimates are off, without unit: 0 exact, 1.5 nothing known. */
  readonly error: number
  /** A correction learned from recent samples (Lee et al., "On Suitability of Euclidean Embedding", 2006). */
  readonly adjustment: number
  /** The way from the member to the core of the network, part of every distance to it. */
  readonly height: number
}

/** Where everybody starts. */
export const origin: Coordinate = {
  vec: Array<number>(dimensions).fill(0),
  error: errorMax,
  adjustment: 0,
  height: heightMin,
}

/**
 * Whether distances to it can be taken: eight dimensions, all numbers finite. A negative error or height, which nobody
 * arrives at, would give its sender more weight than any honest member has.
 */
export function isUsable({ vec, error, adjustment, height }: Coordinate): boolean {
  if (vec.length !== dimensions || error < 0 || height < 0) return false
  return [...vec, error, adjustment, height].every(Number.isFinite)
}

/** The distance without what either side learned as its correction: seconds. */
export function rawDistance(a: Coordinate, b: Coordinate): number {
  return magnitude(a.vec.map((value, i) => value - b.vec[i]!)) + a.height + b.height
}

/** Estimated round trip in seconds, cut to whole nanoseconds as peers do. */
export function distance(a: Coordinate, b: Coordinate): number {
  const raw = rawDistance(a, b)
  const adjusted = raw + a.adjustment + b.adjustment
  return Math.trunc((adjusted > 0 ? adjusted : raw) * 1e9) / 1e9
}

export function magnitude(vec: readonly number[]): number {
  let sum = 0
  for (const value of vec) sum += value * value
  return Math.sqrt(sum)
}

export function coordinateToWire({ vec, error, adjustment, height }: Coordinate): SerfCoordinate {
  return { Vec: vec, Error: error, Adjustment: adjustment, Height: height }
}

export function coordinateFromWire(wire: SerfCoordinate): Coordinate {
  return { vec: wire.Vec ?? [], error: wire.Error, adjustment: wire.Adjustment, height: wire.Height }
}
