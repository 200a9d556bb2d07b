import type { QueryParameters } from '../http-api/contract.ts'
import { KvRequestError } from './errors.ts'

/** For when parameters exclude each other. The message repeats the whole query as Go encodes it. */
export function conflictOf(query: Pick<QueryParameters, 'pairs'>): KvRequestError {
  const pairs = [...query.pairs()].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  const encoded = pairs.map(([name, value]) => `${goQueryEscape(name)}=${goQueryEscape(value)}`)
  return new KvRequestError(`Conflicting flags: ${encoded.join('&')}`)
}

/** `url.QueryEscape`: everything but letters, digits and `-_.~` is escaped, a space becomes a plus sign. */
function goQueryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}
