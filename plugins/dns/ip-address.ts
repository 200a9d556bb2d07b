import { isIPv4, isIPv6 } from 'node:net'

/** An IP address in the one form in which equal addresses have equal texts. */
export interface IpAddress {
  readonly family: 4 | 6
  /** 4 or 16 octets. */
  readonly octets: readonly number[]
  /** Dotted decimal, or RFC 5952 without a dotted tail. */
  readonly text: string
}

/** Undefined when the text is a host name. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is an IPv4 address. */
export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) return ipOf(text.split('.').map(Number))
  if (!isIPv6(text) || text.includes('%')) return undefined
  return ipOf(ipv6Octets(text))
}

/** The address of 4 or 16 octets. */
export function ipOf(octets: readonly number[]): IpAddress {
  if (octets.length === 4) return { family: 4, octets, text: octets.join('.') }
  if (isMapped(octets)) return ipOf(octets.slice(12))
  return { family: 6, octets, text: ipv6Text(octets) }
}

/** Two hex digits an octet: the first label of `c000020b.addr.consul`. */
export function hexOf({ octets }: IpAddress): string {
  return Buffer.from(octets).toString('hex')
}

function isMapped(octets: readonly number[]): boolean {
  return octets[10] === 0xff && octets[11] === 0xff && octets.slice(0, 10).every((octet) => octet === 0)
}

function ipv6Octets(text: string): number[] {
  const tail = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0]
  const hexOnly = tail === undefined ? text : text.slice(0, -tail.length) + hexPairs(tail)
  const [head = '', rest] = hexOnly.split('::')
  const front = groups(head)
  const back = rest === undefined ? [] : groups(rest)
  const gap = rest === undefined ? [] : Array<number>(8 - front.length - back.length).fill(0)
  return [...front, ...gap, ...back].flatMap((group) => [group >> 8, group & 0xff])
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function hexPairs(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

/** The first of the longest runs of two or more zero groups becomes `::` (RFC 5952 §4.2). */
function ipv6Text(octets: readonly number[]): string {
  const words = Array.from({ length: 8 }, (_, i) => ((octets[i * 2] ?? 0) << 8) | (octets[i * 2 + 1] ?? 0))
  let best = { at: 0, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (words[at + length] === 0) length++
    if (length > best.length) best = { at, length }
  }
  const hex = words.map((word) => word.toString(16))
  if (best.length < 2) return hex.join(':')
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`
}
