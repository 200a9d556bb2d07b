/**
 * Reads rows the way Consul's structs hold them: what a row leaves out or has as null is that kind's zero value.
 * Only a row's own fields count, so a selector such as `Meta.constructor` finds nothing but metadata.
 */

/** The field of a struct or the value of a key; undefined when it is not there. Null is a value. */
export function entry(holder: unknown, name: string): unknown {
  if (holder instanceof Map) return holder.get(name)
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[name]
}

export function toList(held: unknown): readonly unknown[] {
  return Array.isArray(held) ? held : []
}

export function toText(held: unknown): string {
  return typeof held === 'string' ? held : ''
}

export function isTrue(held: unknown): boolean {
  return held === true
}

/** Lists and maps. */
export function isEmpty(held: unknown): boolean {
  if (Array.isArray(held)) return held.length === 0
  if (held instanceof Map) return held.size === 0
  return typeof held !== 'object' || held === null || Object.keys(held).length === 0
}

export function sameInteger(held: unknown, wanted: bigint): boolean {
  if (typeof held === 'bigint') return held === wanted
  if (held === undefined || held === null) return wanted === 0n
  return typeof held === 'number' && Number.isInteger(held) && BigInt(held) === wanted
}
