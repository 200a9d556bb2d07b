import { Packet, type Resource } from 'dns2'
import type { IpAddress } from './ip-address.ts'

/** A resource record as dns2 encodes it. Names have no dot at the end and one character per octet. */
export type DnsRecord = Omit<Resource, 'toBuffer'>

const { TYPE, CLASS } = Packet

/** A or AAAA, as the address is. */
export function addressRecord(name: string, ttl: number, ip: IpAddress): DnsRecord {
  return { name, type: ip.family === 4 ? TYPE.A : TYPE.AAAA, class: CLASS.IN, ttl, address: ip.text }
}

export function aliasRecord(name: string, ttl: number, target: string): DnsRecord {
  return { name, type: TYPE.CNAME, class: CLASS.IN, ttl, domain: target }
}

export function pointerRecord(name: string, ttl: number, target: string): DnsRecord {
  return { name, type: TYPE.PTR, class: CLASS.IN, ttl, domain: target }
}

export function nameServerRecord(name: string, ttl: number, target: string): DnsRecord {
  return { name, type: TYPE.NS, class: CLASS.IN, ttl, ns: target }
}

/** Where a service listens (RFC 2782). Consul gives every instance priority 1. */
export function serviceRecord(name: string, ttl: number, port: number, weight: number, target: string): DnsRecord {
  return {
    name,
    type: TYPE.SRV,
    class: CLASS.IN,
    ttl,
    priority: 1,
    weight: clamp16(weight),
    port: clamp16(port),
    target,
  }
}

/** `octets` may be longer than one character-string holds; it is then written as several (RFC 7208 §3.3). */
export function textRecord(name: string, ttl: number, octets: Buffer): DnsRecord {
  const chunks: Buffer[] = []
  for (let at = 0; at === 0 || at < octets.length; at += 255) chunks.push(octets.subarray(at, at + 255))
  // dns2 accepts buffers as character-strings; its types do not say so.
  return { name, type: TYPE.TXT, class: CLASS.IN, ttl, data: chunks as unknown as string[] }
}

function clamp16(value: number): number {
  return Math.min(Math.max(0, Math.trunc(value) || 0), 65535)
}

/** The octets of a text as a name has them: one character each. */
export function nameOctets(text: string): string {
  return /^[ -~]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** True when a name has a form that fits into a message (RFC 1035 §2.3.4); a host name of a service may be anything. */
export function isEncodable(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label.length <= 63)
}
