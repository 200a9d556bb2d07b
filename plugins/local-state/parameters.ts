import type { ApiRequest } from '../http-api/contract.ts'
import { RegistrationError } from './errors.ts'

const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const untruths = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** `enable=true` of maintenance requests; spelt as Go's `strconv.ParseBool` takes it. */
export function enableParameter({ query }: ApiRequest): boolean {
  const value = query.get('enable')
  if (value === undefined) throw new RegistrationError('Missing value for enable')
  if (truths.has(value)) return true
  if (untruths.has(value)) return false
  throw new RegistrationError(`Invalid value for enable: ${JSON.stringify(value)}`)
}

/** A switch that is on when it stands alone or is `true`. */
export function flagParameter({ query }: ApiRequest, name: string): boolean {
  return query.has(name) && ['', 'true'].includes(query.get(name) ?? '')
}

/** Whether the client wants one word and not JSON. */
export function wantsText(request: ApiRequest): boolean {
  if (request.header('accept')?.startsWith('text/plain')) return true
  return request.query.get('format') === 'text'
}
