/**
 * Joins the parts of a compound key. NUL sorts before every other character, so keys order by their first part, then
 * by the next. Parts that may hold NUL themselves belong last, or make one compound key look like another.
 */
export function keyOf(...parts: string[]): string {
  return parts.join('\0')
}

/** The prefix under which all keys lie whose leading parts are these: `keyPrefix('web')` finds `web\0a`, not `web2\0a`. */
export function keyPrefix(...parts: string[]): string {
  return `${parts.join('\0')}\0`
}

/** By UTF-16 code unit, which is what `<` does: fast, and the same on every machine. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The least key above every key that starts with `prefix`; undefined when there is none, as for the empty prefix. */
export function prefixEnd(prefix: string): string | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const unit = prefix.charCodeAt(length - 1)
    if (unit < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(unit + 1)
  }
  return undefined
}

/** The longest prefix that all keys `low` ≤ key < `high` share. */
export function commonPrefix(low: string, high: string): string {
  let length = 0
  while (length < low.length && low.charCodeAt(length) === high.charCodeAt(length)) length++
  return low.slice(0, length)
}
