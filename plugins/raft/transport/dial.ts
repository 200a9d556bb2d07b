import { connect, isIPv6, type Socket } from 'node:net'
import { PeerUnreachableError } from './errors.ts'

/** A server's `ip:port`, an IPv6 address in brackets. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** Takes an address apart; undefined when it is none. */
export function placeOf(address: string): Place | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  if (match === null) return undefined
  const port = Number(match[3])
  return port > 0 && port < 65_536 ? { host: (match[1] ?? match[2])!, port } : undefined
}

/** An address as the cluster writes it (protocol/servers.md §10.5). */
export function addressOf(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** What to do with a connection that is being made. */
export interface DialEvents {
  connected(): void
  data(bytes: Buffer): void
  drained(): void
  /** The connection failed or is closed, by whichever side. */
  ended(error: PeerUnreachableError): void
}

/** Connects from `localAddress` when given, as Consul's servers do (protocol/servers.md §1). */
export function dial(address: string, localAddress: string | undefined, events: DialEvents): Socket | undefined {
  const place = placeOf(address)
  if (place === undefined) return undefined
  const socket = connect({ ...place, localAddress, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 })
  let failure: Error | undefined
  socket.on('connect', () => events.connected())
  socket.on('data', (bytes: Buffer) => events.data(bytes))
  socket.on('drain', () => events.drained())
  socket.on('error', (error) => {
    failure = error
  })
  socket.on('close', () => {
    const reason = failure?.message ?? 'it closed the connection'
    events.ended(new PeerUnreachableError(address, reason))
  })
  return socket
}
