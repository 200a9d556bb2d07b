/** What a server said of the cluster it is in, and who is in this one. */
export interface Acquaintance {
  readonly name: string
  /** `ip:port` of the newcomer. */
  readonly address: string
  /** The addresses in the membership that it knows; none from one that never was in a cluster. */
  readonly peers: readonly string[]
  /** The addresses in ours. */
  readonly own: readonly string[]
}

/**
 * Why a server that gossip brought must not become one of ours: it is in a cluster already, and not in this one. Its log has other
 * entries at the same places, some of them perhaps of the same terms, and then Raft would not notice: it compares no
 * more than that. Undefined for a server with an empty log, and for one that was ours before: it remembers at least one of
 * us, besides whoever had its own address.
 */
export function strangeness({ name, address, peers, own }: Acquaintance): string | undefined {
  if (peers.length === 0) return undefined
  const ours = new Set(own)
  if (peers.some((peer) => peer !== address && ours.has(peer))) return undefined
  return (
    `${name} is in another cluster, of the servers ${peers.join(', ')}; two clusters must not meet. ` +
    'Decide which of them is to stay, stop the servers of the other, and start them with empty data directories and without -bootstrap'
  )
}
