/** A server's port, an IPv6 address without brackets. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** Takes `ip:port` or `[ip6]:port` apart; undefined when it is neither. */
export function placeOf(address: string): Place | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  if (match === null) return undefined
  const port = Number(match[3])
  return port > 0 && port < 65_536 ? { host: (match[1] ?? match[2])!, port } : undefined
}
