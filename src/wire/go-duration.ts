/** Nanoseconds in each unit Go's durations are written with. */
const unitNanos: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
])

/** Go keeps durations in a signed 64-bit integer. */
const limitNanos = 2 ** 63

/** What `parseGoDuration` says instead of a number; the wording is Go's, which Consul's clients see. */
export interface BadDuration {
  readonly problem: string
}

/** Reads a duration such as `1h30m`, `-1.5s` or `250ms` as whole nanoseconds. */
export function parseGoDuration(text: string): number | BadDuration {
  const invalid = { problem: `time: invalid duration ${quoted(text)}` }
  const negative = text.startsWith('-')
  const unsigned = negative || text.startsWith('+') ? text.slice(1) : text
  if (unsigned === '0') return 0
  if (unsigned === '') return invalid

  let total = 0
  let at = 0
  while (at < unsigned.length) {
    const part = /(\d*)(\.\d*)?([^\d.]*)/y
    part.lastIndex = at
    const [, whole = '', fraction = '', unit = ''] = part.exec(unsigned) ?? []
    if (whole === '' && fraction.length < 2) return invalid
    if (unit === '') return { problem: `time: missing unit in duration ${quoted(text)}` }
    const nanos = unitNanos.get(unit)
    if (nanos === undefined) return { problem: `time: unknown unit ${quoted(unit)} in duration ${quoted(text)}` }
    const decimals = fraction.slice(1)
    total += Number(whole) * nanos + Math.trunc(Number(decimals) * (nanos / 10 ** decimals.length))
    if (total >= limitNanos) return invalid
    at = part.lastIndex
  }
  return negative ? -total || 0 : total
}

/** Writes nanoseconds as Go does: `1h0m0s`, `1.5s`, `250ms`, `0s`. */
export function formatGoDuration(nanos: number): string {
  if (nanos === 0) return '0s'
  const sign = nanos < 0 ? '-' : ''
  const size = Math.abs(nanos)
  if (size < 1e3) return `${sign}${size}ns`
  if (size < 1e6) return `${sign}${decimal(size, 1e3)}µs`
  if (size < 1e9) return `${sign}${decimal(size, 1e6)}ms`

  const secondNanos = size % 60e9
  const minutes = Math.floor(size / 60e9)
  const seconds = `${decimal(secondNanos, 1e9)}s`
  if (minutes === 0) return sign + seconds
  const hours = Math.floor(minutes / 60)
  return hours === 0 ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60}m${seconds}`
}

/** `nanos / unit` with as many decimals as it has and no rounding. */
function decimal(nanos: number, unit: number): string {
  const rest = nanos % unit
  const whole = String(Math.floor(nanos / unit))
  if (rest === 0) return whole
  const digits = String(unit).length - 1
  return `${whole}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
