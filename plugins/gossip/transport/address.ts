import { isIPv6 } from 'node:net'

const mapped = '::ffff:'

/** An address as a socket reports it, in the form that messages use: IPv4 is not wrapped into IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith(mapped) && address.includes('.') ? address.slice(mapped.length) : address
}

/** An address as a socket of this family takes it: IPv4 goes through an IPv6 socket in wrapping. */
export function socketAddress(address: string, ip6Socket: boolean): string {
  return ip6Socket && !isIPv6(address) ? mapped + address : address
}
