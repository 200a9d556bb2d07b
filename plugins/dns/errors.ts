import { ConfigError, ProconsulError } from '../../src/kernel/errors.ts'

/** A socket could not be opened. Names address, port and key, because that is what the operator has to change. */
export class DnsListenError extends ConfigError {
  override readonly code = 'dns_listen'

  constructor(network: 'udp' | 'tcp', address: string, port: number, cause: NodeJS.ErrnoException) {
    super(`DNS cannot listen on ${address} port ${port} (${network}, ports.dns): ${reason(cause)}`, { cause })
  }
}

/** A socket of the filesystem where DNS is to listen. Begins as Consul's text. */
export class DnsSocketError extends ConfigError {
  override readonly code = 'dns_socket'

  constructor(address: string) {
    super(`addresses.dns: DNS address cannot be a unix socket; write IP addresses instead of ${address}`)
  }
}

function reason(cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'EADDRINUSE':
      return 'another program has this port; stop it, or set ports.dns to a free one or to -1 for no DNS'
    case 'EACCES':
      return 'this user may not open that port; use one above 1023 for ports.dns, or grant the right'
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address; correct addresses.dns or client_addr'
    default:
      return cause.message
  }
}

/** A zone took too long to answer. */
export class ZoneTimeoutError extends ProconsulError {
  override readonly code = 'dns_zone_timeout'
}
