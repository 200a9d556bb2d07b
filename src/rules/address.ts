import { isIPv4, isIPv6 } from 'node:net'

/** An IP address in the one form that all its spellings share (RFC 5952 for IPv6); undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  if (text === '') return undefined
  if (isIPv4(text)) return text
  if (!isIPv6(text) || text.includes('%')) return undefined
  return new URL(`http://[${text}]`).hostname.slice(1, -1)
}

/** The address that means every address of the machine, which no client can reach. */
export function isAnyAddress(text: string): boolean {
  const address = canonicalAddress(text)
  return address === '0.0.0.0' || address === '::'
}
