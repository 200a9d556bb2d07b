import { isIP } from 'node:net'
import { canonicalAddress } from '../../src/rules/address.ts'
import type { Endpoint } from './core/messages.ts'

/** Where an agent can be met, as people write it. */
export interface JoinAddress {
  /** An IP address or a name. */
  readonly host: string
  /** Undefined means the gossip port of the pool. */
  readonly port: number | undefined
}

/** All addresses a name has. Rejects when it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>

/**
 * Reads `host`, `host:port`, `::1` or `[::1]:port`, each also behind `node-name/`, which serf writes. Undefined for
 * anything else.
 */
export function parseJoinAddress(text: string): JoinAddress | undefined {
  const bare = text.trim().replace(/^[^/]*\//, '')
  const inBrackets = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(bare)
  if (inBrackets) return isIP(inBrackets[1]!) === 6 ? withPort(inBrackets[1]!, inBrackets[2]) : undefined
  if (isIP(bare) === 6) return { host: bare, port: undefined }
  const named = /^([^:\s[\]]+)(?::(\d{1,5}))?$/.exec(bare)
  return named ? withPort(named[1]!, named[2]) : undefined
}

function withPort(host: string, digits: string | undefined): JoinAddress | undefined {
  if (digits === undefined) return { host, port: undefined }
  const port = Number(digits)
  return port >= 1 && port <= 65_535 ? { host, port } : undefined
}

/** The endpoints an address stands for: several when it is a name with several addresses. @throws what `resolve` throws */
export async function resolveJoinAddress(
  address: JoinAddress,
  defaultPort: number,
  resolve: Resolve,
): Promise<Endpoint[]> {
  const port = address.port ?? defaultPort
  const found = isIP(address.host) === 0 ? await resolve(address.host) : [address.host]
  const spelled = found.map((one) => canonicalAddress(one)).filter((one) => one !== undefined)
  return [...new Set(spelled)].map((one) => ({ address: one, port }))
}

/**
 * What is wrong with an address of `retry_join` and its like, or undefined. Looking agents up in a cloud is not supported:
 * that would be tried for ever.
 */
export function joinAddressProblem(text: string): string | undefined {
  if (/\bprovider=/.test(text)) {
    return `"${text}" looks agents up in a cloud, which is not supported; write addresses, or a DNS name that has them all`
  }
  if (/^\s*exec=/.test(text)) {
    return `"${text}" runs a program, which is not supported; write addresses, or a DNS name that has them all`
  }
  if (text.includes('{{')) return `"${text}" is a template, which is not supported here; write the address`
  if (parseJoinAddress(text) === undefined) return `"${text}" is no address; write host, host:port or [ip6]:port`
  return undefined
}

/** `10.0.0.1:8301`, `[::1]:8301`. */
export function endpointText({ address, port }: Endpoint): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`
}
