import { isIP } from 'node:net'
import type { ApiRequest } from '../http-api/contract.ts'

/** Who asks, by IP address: what a proxy says it is (`X-Forwarded-For`), else the other end of the connection. */
export function clientAddress(request: Pick<ApiRequest, 'header' | 'remoteAddress'>): string {
  const forwarded = request.header('x-forwarded-for')?.split(',')[0]?.trim() ?? ''
  return isIP(forwarded) > 0 ? forwarded : request.remoteAddress
}
