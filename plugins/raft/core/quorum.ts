/** How many of `voters` make a majority. */
export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1
}

/**
 * The largest value that a majority has reached: with the voters' match indexes, the index that is stored on most of them;
 * with the times they were last heard, the moment until which a majority certainly followed. 0 without voters.
 */
export function reachedByMajority(values: readonly number[]): number {
  if (values.length === 1) return values[0]!
  const descending = [...values].sort((a, b) => b - a)
  return descending[majorityOf(values.length) - 1] ?? 0
}
