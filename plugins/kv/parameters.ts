import type { QueryParameters } from '../http-api/contract.ts'
import { KvNumberError, KvRequestError } from './errors.ts'

/** Throws when more than one of `names` is there. The message repeats the whole query as Go encodes it. */
export function refuseConflicts(query: QueryParameters, names: readonly string[]): void {
  if (names.filter((name) => query.has(name)).length < 2) return
  const pairs = [...query.names()].sort().flatMap((name) => query.all(name).map((value) => [name, value] as const))
  const encoded = pairs.map(([name, value]) => `${goQueryEscape(name)}=${goQueryEscape(value)}`)
  throw new KvRequestError(`Conflicting flags: ${encoded.join('&')}`)
}

const uint64Max = 2n ** 64n - 1n

/** An unsigned 64-bit number, a bigint only where a number would lose digits; undefined when it is not asked for. */
export function unsignedParameter(query: QueryParameters, name: string): number | bigint | undefined {
  const text = query.get(name)
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new KvNumberError(text, 'invalid syntax')
  const value = BigInt(text.length > 20 ? text.replace(/^0+(?=.)/, '').slice(0, 21) : text)
  if (value > uint64Max) throw new KvNumberError(text, 'value out of range')
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

/** A raft index to compare with. One too large to be true is as wrong as any other that no key has. */
export function indexParameter(query: QueryParameters, name: string): number {
  const value = unsignedParameter(query, name) ?? 0
  return typeof value === 'number' ? value : Number.MAX_SAFE_INTEGER
}

/** `url.QueryEscape`: everything but letters, digits and `-_.~` is escaped, a space becomes a plus sign. */
function goQueryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}
