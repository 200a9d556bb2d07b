import { readNetworks } from '../../src/config/networks.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { OptionDeclarations, OptionValues } from '../../src/kernel/options.ts'
import { readKey } from './encryption/keyring-file.ts'
import { joinAddressProblem } from './join-address.ts'
import * as timing from './timing-options.ts'

/** How this agent finds and keeps up with the others. Keys are Consul's. */
export const gossipOptions = {
  startJoin: {
    type: 'list',
    key: 'start_join',
    flag: 'join',
    help: 'Agents to join at start, as address or address:port; when none of them can be reached the start fails.',
    example: '["10.0.0.11", "10.0.0.12"]',
  },
  startJoinWan: {
    type: 'list',
    key: 'start_join_wan',
    flag: 'join-wan',
    help: 'Servers of other datacenters to join at start.',
    example: '["198.51.100.20"]',
  },
  retryJoin: {
    type: 'list',
    key: 'retry_join',
    flag: 'retry-join',
    help: 'Agents to join, tried again until one can be reached. Names may resolve to several addresses.',
    example: '["consul.example.com"]',
  },
  retryJoinWan: {
    type: 'list',
    key: 'retry_join_wan',
    flag: 'retry-join-wan',
    help: 'Servers of other datacenters to join, tried again until one can be reached.',
    example: '["198.51.100.20"]',
  },
  retryInterval: {
    type: 'duration',
    key: 'retry_interval',
    flag: 'retry-interval',
    default: '30s',
    min: '1ms',
    help: 'Time between attempts of retry_join.',
  },
  retryIntervalWan: {
    type: 'duration',
    key: 'retry_interval_wan',
    flag: 'retry-interval-wan',
    default: '30s',
    min: '1ms',
    help: 'Time between attempts of retry_join_wan.',
  },
  retryMax: {
    type: 'integer',
    key: 'retry_max',
    flag: 'retry-max',
    default: 0,
    min: 0,
    help: 'Attempts of retry_join after the first, before the agent gives up and stops; 0 never gives up.',
  },
  retryMaxWan: {
    type: 'integer',
    key: 'retry_max_wan',
    flag: 'retry-max-wan',
    default: 0,
    min: 0,
    help: 'The same for retry_join_wan.',
  },
  rejoinAfterLeave: {
    type: 'boolean',
    key: 'rejoin_after_leave',
    flag: 'rejoin',
    default: false,
    help: 'Join the members known from before also after this agent left on purpose.',
  },
  bindLan: {
    type: 'addresses',
    key: 'serf_lan',
    flag: 'serf-lan-bind',
    help: 'Address the gossip port within the datacenter listens on; bind_addr when left out.',
    example: '"10.0.0.10"',
  },
  bindWan: {
    type: 'addresses',
    key: 'serf_wan',
    flag: 'serf-wan-bind',
    help: 'Address the gossip port between datacenters listens on; bind_addr when left out.',
    example: '"10.0.0.10"',
  },
  allowedLan: {
    type: 'list',
    key: 'serf_lan_allowed_cidrs',
    flag: 'serf-lan-allowed-cidrs',
    help: 'Networks that members of the LAN pool may have addresses in; all when left out.',
    example: '["10.0.0.0/8"]',
  },
  allowedWan: {
    type: 'list',
    key: 'serf_wan_allowed_cidrs',
    flag: 'serf-wan-allowed-cidrs',
    help: 'Networks that members of the WAN pool may have addresses in; all when left out.',
    example: '["198.51.100.0/24"]',
  },
  encrypt: {
    type: 'text',
    key: 'encrypt',
    flag: 'encrypt',
    help: 'Key that gossip is encrypted with: 16, 24 or 32 bytes in base64 (proconsul keygen). A keyring in data_dir comes first.',
    example: '"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s="',
  },
  verifyIncoming: {
    type: 'boolean',
    key: 'encrypt_verify_incoming',
    default: true,
    help: 'Refuse gossip that is not encrypted; false while encryption is being rolled out.',
  },
  verifyOutgoing: {
    type: 'boolean',
    key: 'encrypt_verify_outgoing',
    default: true,
    help: 'Encrypt what is sent; false while encryption is being rolled out.',
  },
  disableKeyringFile: {
    type: 'boolean',
    key: 'disable_keyring_file',
    flag: 'disable-keyring-file',
    default: false,
    help: 'Keep the keyring in memory only; after a restart it holds encrypt and nothing else.',
  },
  compress: {
    type: 'boolean',
    default: true,
    help: 'Compress what is sent where that makes it smaller, as Consul always does; what others compress is understood anyway.',
  },
  reconnectTimeout: {
    type: 'duration',
    key: 'reconnect_timeout',
    default: '72h',
    min: '8h',
    help: 'How long a failed member of the LAN pool is kept and tried to reach before it is forgotten.',
  },
  reconnectTimeoutWan: {
    type: 'duration',
    key: 'reconnect_timeout_wan',
    default: '72h',
    min: '8h',
    help: 'The same in the WAN pool.',
  },
  advertiseReconnectTimeout: {
    type: 'duration',
    key: 'advertise_reconnect_timeout',
    min: '1ms',
    help: 'How long the others shall keep this client once it failed, in place of their reconnect_timeout.',
    example: '"15m"',
  },
  lanGossipInterval: timing.gossipInterval('gossip_lan', '200ms'),
  lanGossipNodes: timing.gossipNodes('gossip_lan'),
  lanProbeInterval: timing.probeInterval('gossip_lan', '1s'),
  lanProbeTimeout: timing.probeTimeout('gossip_lan', '500ms'),
  lanSuspicionMult: timing.suspicionMult('gossip_lan', 4),
  lanRetransmitMult: timing.retransmitMult('gossip_lan'),
  wanGossipInterval: timing.gossipInterval('gossip_wan', '500ms'),
  wanGossipNodes: timing.gossipNodes('gossip_wan'),
  wanProbeInterval: timing.probeInterval('gossip_wan', '5s'),
  wanProbeTimeout: timing.probeTimeout('gossip_wan', '3s'),
  wanSuspicionMult: timing.suspicionMult('gossip_wan', 6),
  wanRetransmitMult: timing.retransmitMult('gossip_wan'),
} as const satisfies OptionDeclarations

export type GossipOptions = OptionValues<typeof gossipOptions>

/** @throws ConfigError for what cannot be used or contradicts what this agent is, before anything is opened */
export function checkOptions(options: GossipOptions, server: boolean): void {
  for (const name of ['startJoin', 'startJoinWan', 'retryJoin', 'retryJoinWan'] as const) {
    for (const address of options[name]) {
      const problem = joinAddressProblem(address)
      if (problem !== undefined) throw new ConfigError(`${gossipOptions[name].key}: ${problem}`)
    }
  }
  const { advertiseReconnectTimeout, allowedLan, allowedWan, encrypt, startJoinWan, retryJoinWan } = options
  if (encrypt !== undefined && encrypt !== '') readKey(encrypt, gossipOptions.encrypt.key)
  readNetworks(gossipOptions.allowedLan.key, allowedLan)
  readNetworks(gossipOptions.allowedWan.key, allowedWan)
  if (server && advertiseReconnectTimeout !== undefined) {
    throw new ConfigError('advertise_reconnect_timeout: can only be used on a client; remove it')
  }
  if (!server && startJoinWan.length > 0) {
    throw new ConfigError('start_join_wan: Must be a server to join WAN cluster; remove it')
  }
  if (!server && retryJoinWan.length > 0) {
    throw new ConfigError('retry_join_wan: Must be a server to join WAN cluster; remove it')
  }
}
