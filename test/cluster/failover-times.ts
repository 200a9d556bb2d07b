/** Rounds that are told one by one, since they take longer than a lease and a vote explain. */
const slowMs = 1000

/** What there is to say of how long each kill kept writers waiting, in the order of the kills. */
export function toldTimes(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const shown = (ms: number | undefined) => `${ms?.toFixed(0)} ms`
  const slow = times.flatMap((ms, at) => (ms > slowMs ? [`kill ${at + 1}: ${shown(ms)}`] : []))
  const above = `above ${slowMs} ms: ${slow.length > 0 ? slow.join(', ') : 'none'}`
  return `median ${shown(sorted[sorted.length >> 1])}, worst ${shown(sorted.at(-1))}; ${above}`
}
