import type { NodeIdentity } from '../../plugins/node/contract.ts'

/** What the node does not know of itself. */
export interface BannerFacts {
  readonly bootstrap: boolean
  /** A key for gossip is configured. */
  readonly encrypted: boolean
}

/** What the agent says of itself before its log begins: the facts an operator checks first, in Consul's layout. */
export function banner(node: NodeIdentity, { bootstrap, encrypted }: BannerFacts): string {
  const { ports } = node
  const rows: [string, string][] = [
    ['Version', `'${node.version}' (speaks Consul ${node.consulVersion})`],
    ['Node ID', `'${node.id}'`],
    ['Node name', `'${node.name}'`],
    ['Datacenter', `'${node.datacenter}' (Segment: '${node.server ? '<all>' : ''}')`],
    ['Server', `${node.server} (Bootstrap: ${bootstrap})`],
    [
      'Client Addr',
      `[${node.clientAddresses.join(' ')}] (HTTP: ${ports.http}, HTTPS: -1, gRPC: -1, DNS: ${ports.dns})`,
    ],
    ['Cluster Addr', `${node.advertiseAddress} (LAN: ${ports.serfLan}, WAN: ${ports.serfWan}, RPC: ${ports.server})`],
    ['Encrypt', `Gossip: ${encrypted}, TLS-Outgoing: false, TLS-Incoming: false, Auto-Encrypt-TLS: false`],
    ['Data dir', node.dataDir ?? '(none: everything is kept in memory)'],
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 4
  return rows.map(([label, value]) => `${label.padStart(width)}: ${value}`).join('\n')
}
