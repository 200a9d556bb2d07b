import type { Peer } from './contract.ts'

export interface Acquaintance {
  /** The newcomer. */
  readonly name: string
  readonly server: Peer
  /** The membership that it knows; empty for one that never was in a cluster. */
  readonly peers: readonly Peer[]
  /** Ours. */
  readonly own: readonly Peer[]
}

/**
 * Why a server that gossip brought must not become one of ours: it is in a cluster already, and not in this one. Its log has other
 * entries at the same places, some of them perhaps of the same terms, and then Raft would not notice: it compares no
 * more than that. Undefined for a server with an empty log, and for one that was ours before: it remembers at least one of
 * us, besides itself.
 */
export function strangeness({ name, server, peers, own }: Acquaintance): string | undefined {
  if (peers.length === 0) return undefined
  if (peers.some((peer) => !isSame(peer, server) && own.some((ours) => isSame(peer, ours)))) return undefined
  const listed = peers.map(({ address }) => address).join(', ')
  return (
    `${name} is in another cluster, of the servers ${listed}; two clusters must not meet. ` +
    'Decide which of them is to stay, stop the servers of the other, and start them with empty data directories and without -bootstrap'
  )
}

/** Addresses are used again, by a server whose disk was lost for one; they count only where there is nothing better. */
function isSame(peer: Peer, other: Peer): boolean {
  return peer.id === '' ? peer.address === other.address : peer.id === other.id
}
