import { type IpAddress, ipOf } from './ip-address.ts'

/**
 * The address that a name under `in-addr.arpa` (RFC 1035 §3.5) or `ip6.arpa` (RFC 3596 §2.5) stands for; undefined for a
 * name that stands for none, such as one of a whole network. `labels` are in lower case and end with `arpa`.
 */
export function addressOfReverse(labels: readonly string[]): IpAddress | undefined {
  const digits = labels.slice(0, -2).reverse()
  switch (labels.at(-2)) {
    case 'in-addr':
      if (digits.length !== 4 || !digits.every(isOctet)) return undefined
      return ipOf(digits.map(Number))
    case 'ip6':
      if (digits.length !== 32 || !digits.every((digit) => /^[0-9a-f]$/.test(digit))) return undefined
      return ipOf([...Buffer.from(digits.join(''), 'hex')])
    default:
      return undefined
  }
}

function isOctet(text: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) < 256
}
