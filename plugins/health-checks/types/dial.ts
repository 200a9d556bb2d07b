import { CheckTimeoutError } from '../errors.ts'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'read: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
}

/** Why no connection came about, in the words operators know from Consul's checks. */
export function dialProblem(address: string, error: unknown): string {
  if (error instanceof CheckTimeoutError) return `dial tcp ${address}: i/o timeout`
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${hostOf(address)}: no such host`
  return `dial tcp ${address}: ${reasons[code ?? ''] ?? message}`
}

function hostOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf(':')))
}
