const octet = /^(?:0|[1-9]\d{0,2})$/
const group = /^[0-9a-fA-F]{1,4}$/

/**
 * An IP address as 4 or 16 bytes. Peers compare the bytes, so an IPv4 address always has 4 of them, also when it is
 * written as mapped into IPv6 (protocol/gossip.md §13.5). Undefined when the text is none.
 */
export function addressToBytes(address: string): Buffer | undefined {
  const bytes = address.includes(':') ? ip6Bytes(address) : ip4Bytes(address)
  return bytes && canonicalBytes(bytes)
}

/** The text of 4 or 16 bytes; undefined for any other length. */
export function addressFromBytes(received: Uint8Array): string | undefined {
  const bytes = canonicalBytes(received)
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`
  if (bytes.length !== 16) return undefined
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16))
  const zeros = longestZeros(groups)
  if (!zeros) return groups.join(':')
  return `${groups.slice(0, zeros.start).join(':')}::${groups.slice(zeros.start + zeros.length).join(':')}`
}

function canonicalBytes(bytes: Uint8Array): Buffer {
  const isMapped =
    bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((b) => b === 0)
  return Buffer.from(isMapped ? bytes.subarray(12) : bytes)
}

function ip4Bytes(address: string): Buffer | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => octet.test(part) && Number(part) < 256)) return undefined
  return Buffer.from(parts.map(Number))
}

function ip6Bytes(address: string): Buffer | undefined {
  const halves = address.replace(/%.*$/, '').split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupsOf(half.split(':'))))
  if (!head || (halves.length === 2 && !tail)) return undefined
  const given = head.length + (tail?.length ?? 0)
  if (tail ? given > 14 : given !== 16) return undefined
  return Buffer.from([...head, ...Array<number>(16 - given).fill(0), ...(tail ?? [])])
}

/** Bytes of groups of four hexadecimal digits, the last of which may be an IPv4 address. */
function groupsOf(parts: readonly string[]): number[] | undefined {
  const bytes: number[] = []
  for (const [i, part] of parts.entries()) {
    if (group.test(part)) {
      const value = Number.parseInt(part, 16)
      bytes.push(value >> 8, value & 0xff)
    } else {
      const ip4 = i === parts.length - 1 ? ip4Bytes(part) : undefined
      if (!ip4) return undefined
      bytes.push(...ip4)
    }
  }
  return bytes
}

/** The first of the longest runs of at least two zero groups, which RFC 5952 §4.2 shortens to `::`. */
function longestZeros(groups: readonly string[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === '0') length++
    if (length > 1 && length > (best?.length ?? 0)) best = { start, length }
  }
  return best
}
