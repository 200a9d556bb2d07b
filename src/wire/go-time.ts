/**
 * A moment with the zone it was noted in, so that the bytes of a stored entry survive being read and written again.
 * `unixSeconds` is a whole number, negative before 1970; `nanos` is 0 … 999999999.
 */
export interface GoTime {
  readonly unixSeconds: number
  readonly nanos: number
  /** Minutes east of Greenwich; `null` is UTC proper, which differs on the wire from a zone that happens to be at 0. */
  readonly offsetMinutes: number | null
}

/** Seconds from 0001-01-01T00:00:00Z, where Go's time starts, to 1970. */
export const goEpochSeconds = 62135596800

/** Go's zero time, 0001-01-01T00:00:00Z: what an unset time field holds. */
export const zeroTime: GoTime = { unixSeconds: -goEpochSeconds, nanos: 0, offsetMinutes: null }

/** UTC time from milliseconds since 1970. */
export function timeFromMs(wallMs: number): GoTime {
  const unixSeconds = Math.floor(wallMs / 1000)
  return { unixSeconds, nanos: Math.round((wallMs - unixSeconds * 1000) * 1e6), offsetMinutes: null }
}

/** Milliseconds since 1970, fractions kept. */
export function timeToMs(time: GoTime): number {
  return time.unixSeconds * 1000 + time.nanos / 1e6
}

/** RFC 3339 with as many decimals as needed, such as `2024-05-06T07:08:09.123456789Z`. */
export function formatGoTime(time: GoTime): string {
  const offset = time.offsetMinutes ?? 0
  const local = new Date((time.unixSeconds + offset * 60) * 1000).toISOString().slice(0, 19)
  const fraction = time.nanos === 0 ? '' : `.${String(time.nanos).padStart(9, '0').replace(/0+$/, '')}`
  if (offset === 0) return `${local}${fraction}Z`
  const size = Math.abs(offset)
  const hours = String(Math.floor(size / 60)).padStart(2, '0')
  return `${local}${fraction}${offset < 0 ? '-' : '+'}${hours}:${String(size % 60).padStart(2, '0')}`
}

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/

/** Reads RFC 3339; `undefined` for anything else, also for dates that do not exist. */
export function parseGoTime(text: string): GoTime | undefined {
  const [, local, fraction = '', sign, hours = '0', minutes = '0'] = rfc3339.exec(text) ?? []
  if (local === undefined) return undefined
  const localMs = Date.parse(`${local}Z`)
  if (Number.isNaN(localMs) || new Date(localMs).toISOString().slice(0, 19) !== local) return undefined
  const offset = sign === undefined ? null : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return {
    unixSeconds: localMs / 1000 - (offset ?? 0) * 60,
    nanos: Number(fraction.padEnd(9, '0')),
    offsetMinutes: offset,
  }
}
