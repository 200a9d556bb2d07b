/** The middle value; of an even number, the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export interface Pair<T> {
  readonly bare: T
  readonly ours: T
}

/**
 * Measures bare and ours in turn. What else the machine does drifts over seconds, so a ratio is taken within each pair,
 * whose halves met much the same machine. The order changes from pair to pair, so that neither always comes second.
 */
export async function interleave<T>(
  rounds: number,
  bare: () => Promise<T>,
  ours: () => Promise<T>,
): Promise<Pair<T>[]> {
  const pairs: Pair<T>[] = []
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await bare()
      pairs.push({ bare: first, ours: await ours() })
    } else {
      const first = await ours()
      pairs.push({ bare: await bare(), ours: first })
    }
  }
  return pairs
}

export interface Ratio {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

/** Ours over bare within each pair. */
export function ratioOf<T>(pairs: readonly Pair<T>[], figure: (half: T) => number): Ratio {
  const ratios = pairs.map(({ bare, ours }) => figure(ours) / figure(bare))
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
}
