import { BadRequestError } from './errors.ts'

/** What the header `Cache-Control` says to an endpoint that keeps answers for readers with `?cached`. */
export interface CacheControl {
  /** An older answer is fetched anew; undefined takes any. */
  readonly maxAgeMs: number | undefined
  /** However young, it is fetched anew. */
  readonly mustRevalidate: boolean
  /** When an answer cannot be fetched, one up to this old will do. */
  readonly staleIfErrorMs: number | undefined
}

const nothingSaid: CacheControl = { maxAgeMs: undefined, mustRevalidate: false, staleIfErrorMs: undefined }

/** Throws the 400 of a bad number; other directives mean nothing here. The last of several equal ones counts. */
export function parseCacheControl(header: string | undefined): CacheControl {
  if (header === undefined) return nothingSaid
  let { maxAgeMs, mustRevalidate, staleIfErrorMs } = nothingSaid
  for (const part of header.toLowerCase().split(',')) {
    const directive = part.trim()
    if (directive === 'must-revalidate') mustRevalidate = true
    const [, name, seconds] = /^(max-age|stale-if-error)=(.*)$/.exec(directive) ?? []
    if (seconds === undefined) continue
    if (!/^[+-]?\d{1,18}$/.test(seconds)) throw new BadRequestError('Invalid Cache-Control header.')
    const ms = Number(seconds) * 1000
    if (name === 'stale-if-error') {
      staleIfErrorMs = ms
    } else {
      // As in Consul, an age below 0 sets no limit.
      maxAgeMs = ms < 0 ? undefined : ms
      if (ms === 0) mustRevalidate = true
    }
  }
  return { maxAgeMs, mustRevalidate, staleIfErrorMs }
}
