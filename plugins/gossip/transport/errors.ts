import { ProconsulError } from '../../../src/kernel/errors.ts'

/** Another member could not be reached by TCP, or did not answer as it should. Texts as Go's network package has them. */
export class GossipPeerError extends ProconsulError {
  override readonly code = 'gossip_peer'
}

/** The end of a dial's wait, by the caller or because the pool closes. */
export class GossipDialAbortedError extends ProconsulError {
  override readonly code = 'gossip_dial_aborted'

  constructor(address: string) {
    super(`the exchange with ${address} was given up`)
  }
}

const goTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'read: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
  EINVAL: 'connect: invalid argument',
}

/** A failed connection in Go's words: operators search for these. */
export function peerUnreachable(address: string, error: NodeJS.ErrnoException): GossipPeerError {
  const reason = goTexts[error.code ?? ''] ?? error.message
  return new GossipPeerError(`dial tcp ${address}: ${reason}`, { cause: error })
}
