/**
 * Session ids are compared by their hexadecimal digits alone, as Consul's UUID index does: neither letter case nor the
 * place of the hyphens counts. The key that ids of one session share; it orders as Consul lists sessions.
 */
export function sessionKey(id: string): string {
  return id.replaceAll('-', '').toLowerCase()
}

/** What keeps a text from being a session id, in the words of Consul's UUID index; undefined for a good one. */
export function sessionIdFlaw(id: string): string | undefined {
  const bytes = Buffer.from(id).toString('latin1')
  if (bytes.length !== 36) return 'UUID must be 36 characters'
  const digits = bytes.replaceAll('-', '')
  const hyphens = bytes.length - digits.length
  if (hyphens > 4) return `UUID should have maximum of 4 "-"; got ${hyphens}`
  if (digits.length % 2 !== 0) return 'Input (without hyphens) must be even length'
  const bad = /[^0-9a-fA-F]/.exec(digits)
  if (bad === null) return undefined
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return `Invalid UUID: encoding/hex: invalid byte: U+${code} '${bad[0]}'`
}
