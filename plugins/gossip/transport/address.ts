import { isIPv6 } from 'node:net'
import type { Endpoint } from '../core/messages.ts'

const mapped = '::ffff:'

/** An address as a socket reports it, in the form that messages use: IPv4 is not wrapped into IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith(mapped) && address.includes('.') ? address.slice(mapped.length) : address
}

/** `address:port`, an IPv6 address in brackets. */
export function endpointText({ address, port }: Endpoint): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`
}

/** An address as a socket of this family takes it: IPv4 goes through an IPv6 socket in wrapping. */
export function socketAddress(address: string, ip6Socket: boolean): string {
  return ip6Socket && !isIPv6(address) ? mapped + address : address
}
