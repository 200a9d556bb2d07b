import { JsonDecodeError } from '../../src/wire/schema.ts'
import type { ApiRequest } from '../http-api/contract.ts'

/** The body as JSON; an empty one is refused, as Consul does here. */
export async function jsonBody(request: ApiRequest): Promise<unknown> {
  const body = await request.json()
  if (body === undefined) throw new JsonDecodeError('EOF')
  return body
}
