import { isIP } from 'node:net'
import { goQuote } from '../../src/filter/go-text.ts'
import type { ApiRequest } from '../http-api/contract.ts'
import { QueryParameterError } from './errors.ts'

/** 0 for a parameter that is absent. Throws QueryParameterError in Go's words. */
export function limitParameter(text: string | undefined): number {
  if (text === undefined || text === '') return 0
  const flaw = (what: string) => new QueryParameterError(`Bad limit: strconv.Atoi: parsing ${goQuote(text)}: ${what}`)
  if (!/^[+-]?\d+$/.test(text)) throw flaw('invalid syntax')
  const limit = Number(text)
  if (Math.abs(limit) >= 2 ** 63) throw flaw('value out of range')
  return limit
}

/** False for a parameter that is absent or empty. Throws QueryParameterError in Go's words. */
export function booleanParameter(name: string, text: string | undefined): boolean {
  if (text === undefined || text === '') return false
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  throw new QueryParameterError(
    `Error parsing '${name}' value: strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`,
  )
}

/** Who asks, by IP address: what a proxy says it is (`X-Forwarded-For`), else the other end of the connection. */
export function clientAddress(request: ApiRequest): string {
  const forwarded = request.header('x-forwarded-for')?.split(',')[0]?.trim() ?? ''
  return isIP(forwarded) > 0 ? forwarded : request.remoteAddress
}
