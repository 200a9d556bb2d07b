/**
 * Go durations as text, which is how Consul writes every span of time: `"1h15m30.5s"`, `"300ms"`, `"-1.5h"`, `"0"`.
 * Grammar and rounding: pkg.go.dev/time, ParseDuration and Duration.String.
 */

const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  // Both letters that look like a micro sign: U+00B5 and U+03BC.
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

/** Go holds a duration in a signed 64-bit count of nanoseconds: about 292 years. */
const longestNs = 2n ** 63n - 1n

/** Far longer than any duration worth writing; keeps the arithmetic small whatever the input. */
const longestText = 128

/** Exact nanoseconds, or undefined when the text is not a duration or does not fit into 64 bits. */
export function parseDurationNs(text: string): bigint | undefined {
  if (text.length > longestText) return undefined
  const negative = text.startsWith('-')
  const unsigned = negative || text.startsWith('+') ? text.slice(1) : text
  if (unsigned === '0') return 0n

  const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y
  let totalNs = 0n
  while (part.lastIndex < unsigned.length) {
    const match = part.exec(unsigned)
    const [, whole = '', fraction = '', unit = ''] = match ?? []
    const scaleNs = unitNs[unit]
    if (scaleNs === undefined || (whole === '' && fraction === '')) return undefined
    totalNs += BigInt(whole) * scaleNs
    if (fraction !== '') totalNs += (BigInt(fraction) * scaleNs) / 10n ** BigInt(fraction.length)
  }
  if (unsigned === '' || totalNs > longestNs + (negative ? 1n : 0n)) return undefined
  return negative ? -totalNs : totalNs
}

/** Milliseconds, fractions included, or undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const durationNs = parseDurationNs(text)
  return durationNs === undefined ? undefined : Number(durationNs) / 1e6
}

/** As Go prints it: `"1h0m0s"`, `"1.5s"`, `"100ms"`, `"0s"`. Rounded to nanoseconds. */
export function formatDuration(durationMs: number): string {
  return formatDurationNs(BigInt(Math.round(durationMs * 1e6)))
}

/** {@link formatDuration} for exact nanoseconds. */
export function formatDurationNs(durationNs: bigint): string {
  if (durationNs === 0n) return '0s'
  if (durationNs < 0n) return `-${formatDurationNs(-durationNs)}`
  if (durationNs < 1_000n) return `${durationNs}ns`
  if (durationNs < 1_000_000n) return `${decimal(durationNs, 3)}µs`
  if (durationNs < 1_000_000_000n) return `${decimal(durationNs, 6)}ms`
  const minutes = durationNs / 60_000_000_000n
  const seconds = `${decimal(durationNs % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return seconds
  if (minutes < 60n) return `${minutes}m${seconds}`
  return `${minutes / 60n}h${minutes % 60n}m${seconds}`
}

/** `count` × 10^-`places`, without trailing zeros. */
function decimal(count: bigint, places: number): string {
  const digits = count.toString().padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return digits.slice(0, -places) + (fraction && `.${fraction}`)
}
