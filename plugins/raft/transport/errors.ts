import { ProconsulError } from '../../../src/kernel/errors.ts'

/** Bytes from another server are not what Raft's protocol says (protocol/servers.md §10). The connection is closed. */
export class RaftWireError extends ProconsulError {
  override readonly code = 'raft_wire'

  constructor(reason: string) {
    super(`cannot read a raft message: ${reason}`)
  }
}

/** The server at a peer's address is not that peer: its answers must not count as the peer's. */
export class WrongPeerError extends ProconsulError {
  override readonly code = 'raft_wrong_peer'

  constructor(address: string, expected: string, found: string) {
    super(
      `the server at ${address} has the id ${found}, but the cluster knows that address for ${expected}: remove the old server from the cluster (DELETE /v1/operator/raft/peer?id=${expected})`,
    )
  }
}

/** A peer did not do what was asked, and said why. */
export class PeerRefusedError extends ProconsulError {
  override readonly code = 'raft_peer_refused'

  constructor(address: string, reason: string) {
    super(`the server at ${address} refused a raft request: ${reason}`)
  }
}

/** A peer cannot be reached, or did not answer in time. */
export class PeerUnreachableError extends ProconsulError {
  override readonly code = 'raft_peer_unreachable'

  constructor(address: string, reason: string) {
    super(`cannot reach the server at ${address}: ${reason}`)
  }
}
