import { isIPv6 } from 'node:net'
import { type InterfaceAddress, resolveAddresses } from '../../src/config/address.ts'
import { ConfigError } from '../../src/kernel/errors.ts'

/** A DNS server that knows the names that are not ours. */
export interface RecursorAddress {
  readonly host: string
  readonly port: number
}

const dnsPort = 53

/**
 * Reads `recursors`: IP addresses or host names, each with or without a port, and go-sockaddr templates. Each server is
 * asked once. Throws a ConfigError for what names no server.
 */
export function parseRecursors(
  texts: readonly string[],
  interfaces: readonly InterfaceAddress[],
): readonly RecursorAddress[] {
  const found = new Map<string, RecursorAddress>()
  for (const text of texts.flatMap((word) => expanded(word, interfaces))) {
    const address = parseOne(text)
    if (address === undefined) {
      throw new ConfigError(
        `recursors: ${JSON.stringify(text)} names no DNS server; write one like "192.0.2.53" or "[2001:db8::53]:5353"`,
      )
    }
    if (/^(?:0\.0\.0\.0|[0:]+)$/.test(address.host)) {
      throw new ConfigError('recursors: DNS recursor address cannot be 0.0.0.0, :: or [::]; name the server')
    }
    found.set(`${address.host} ${address.port}`, address)
  }
  return [...found.values()]
}

function expanded(word: string, interfaces: readonly InterfaceAddress[]): string[] {
  if (!word.includes('{{')) return [word]
  return resolveAddresses([word], interfaces).map((it) => (it.kind === 'ip' ? it.ip : it.path))
}

function parseOne(text: string): RecursorAddress | undefined {
  if (isIPv6(text)) return { host: text, port: dnsPort }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s/[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = digits === undefined ? dnsPort : Number(digits)
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed)) || port < 1 || port > 65535)
    return undefined
  return { host, port }
}
