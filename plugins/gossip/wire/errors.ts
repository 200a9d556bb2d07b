import { ProconsulError } from '../../../src/kernel/errors.ts'

/** A gossip stream from another member is not what it should be. The connection is closed. */
export class GossipStreamError extends ProconsulError {
  override readonly code = 'gossip_stream'
  /** Whether an acceptor tells the dialler before it closes (protocol/gossip.md §4.4). */
  readonly tellPeer: boolean

  constructor(reason: string, { tellPeer = false, ...options }: ErrorOptions & { readonly tellPeer?: boolean } = {}) {
    super(`cannot read a gossip stream: ${reason}`, options)
    this.tellPeer = tellPeer
  }
}
