import { join } from 'node:path'
import { resolveIp } from '../../src/config/address.ts'
import { machineInterfaces, withKey } from '../../src/config/listen-addresses.ts'
import { readNetworks } from '../../src/config/networks.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import { formatGoDuration } from '../../src/wire/go-duration.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { MemberCandidate, Pool } from './contract.ts'
import { consulLanConfig, consulWanConfig } from './core/config.ts'
import { Doorkeeper } from './doorkeeper.ts'
import { Keyring } from './encryption/keyring.ts'
import { openKeyring, readKey } from './encryption/keyring-file.ts'
import type { GossipOptions } from './options.ts'
import { GossipPool, type PoolSetup } from './pool.ts'
import { RejoinFile } from './rejoin-file.ts'
import { consulSerfConfig } from './serf/config.ts'
import { Serf } from './serf/serf.ts'
import { ownName, tagsFor } from './tags.ts'
import { timedConfig } from './timing-options.ts'
import { gossipLayers } from './transport/setup.ts'

export interface PoolSurroundings {
  readonly node: NodeIdentity
  readonly options: GossipOptions
  /** As the hook `memberTags` gave them. */
  readonly tags: Readonly<Record<string, string>>
  readonly judge: ((candidate: MemberCandidate) => string | undefined) | undefined
  readonly events: PoolSetup['events']
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** Becomes a member of one pool, as the operator's settings say. @throws ConfigError */
export function openPool(pool: Pool, around: PoolSurroundings): Promise<GossipPool> {
  const { node, options, events, clock, random, log, judge } = around
  const settings = settingsOf(pool, options)
  const config = timedConfig(pool === 'lan' ? consulLanConfig : consulWanConfig, settings.timings)
  const name = ownName(pool, node)
  const keyring = keyringOf(pool, node, options)
  const allowed = readNetworks(`serf_${pool}_allowed_cidrs`, settings.allowed)
  const doorkeeper = new Doorkeeper({
    pool,
    own: { name: node.name, id: node.id, datacenter: node.datacenter, segment: '' },
    allowed,
    judge,
  })
  const port = pool === 'lan' ? node.ports.serfLan : node.ports.serfWan
  return GossipPool.open({
    pool,
    name,
    datacenter: node.datacenter,
    advertise: { address: pool === 'lan' ? node.advertiseAddress : node.advertiseWanAddress, port },
    config,
    serf: new Serf({
      name,
      tags: tagsFor(pool, around.tags),
      config: { ...consulSerfConfig(config), reconnectTimeoutMs: settings.reconnectTimeoutMs },
      random,
      keyring,
      vetoAlive: (alive) => doorkeeper.vetoAlive(alive),
      vetoMerge: (nodes) => doorkeeper.vetoMerge(nodes),
    }),
    transport: {
      host: bindAddress(settings.bind, node.bindAddress, `serf_${pool}`),
      port,
      settings: {
        port: `ports.serf_${pool} (-serf-${pool}-port)`,
        address: `serf_${pool} (-serf-${pool}-bind) or bind_addr (-bind)`,
      },
      layers: gossipLayers({
        keys: keyring,
        verifyIncoming: options.verifyIncoming,
        verifyOutgoing: options.verifyOutgoing,
        compress: options.compress,
      }),
      ...(allowed && { announcesFrom: allowed }),
    },
    rejoinFile:
      node.dataDir === undefined
        ? undefined
        : RejoinFile.open(join(node.dataDir, 'serf', `${fileName[pool]}.snapshot`), {
            rejoin: options.rejoinAfterLeave,
            report: (error) => log.warn('serf: the file of known members cannot be written', { error }),
          }),
    events,
    clock,
    random,
    log,
  })
}

/** Consul's names. */
const fileName = { lan: 'local', wan: 'remote' } as const

/** Of the options, those of one pool. */
function settingsOf(pool: Pool, options: GossipOptions) {
  if (pool === 'lan') {
    return {
      bind: options.bindLan,
      allowed: options.allowedLan,
      reconnectTimeoutMs: options.reconnectTimeout,
      timings: {
        gossipIntervalMs: options.lanGossipInterval,
        gossipNodes: options.lanGossipNodes,
        probeIntervalMs: options.lanProbeInterval,
        probeTimeoutMs: options.lanProbeTimeout,
        suspicionMult: options.lanSuspicionMult,
        retransmitMult: options.lanRetransmitMult,
      },
    }
  }
  return {
    bind: options.bindWan,
    allowed: options.allowedWan,
    reconnectTimeoutMs: options.reconnectTimeoutWan,
    timings: {
      gossipIntervalMs: options.wanGossipInterval,
      gossipNodes: options.wanGossipNodes,
      probeIntervalMs: options.wanProbeInterval,
      probeTimeoutMs: options.wanProbeTimeout,
      suspicionMult: options.wanSuspicionMult,
      retransmitMult: options.wanRetransmitMult,
    },
  }
}

/** Without a data directory, or when the operator does not want a file, the keyring is that of the setting `encrypt`. */
function keyringOf(pool: Pool, node: NodeIdentity, { encrypt, disableKeyringFile }: GossipOptions): Keyring {
  const configured = encrypt === undefined || encrypt === '' ? undefined : readKey(encrypt, 'encrypt')
  if (node.dataDir === undefined || disableKeyringFile) return new Keyring(configured ? [configured] : [])
  return openKeyring(join(node.dataDir, 'serf', `${fileName[pool]}.keyring`), configured)
}

function bindAddress(setting: readonly string[], otherwise: string, key: string): string {
  return setting.length === 0 ? otherwise : withKey(key, () => resolveIp(setting, machineInterfaces()))
}

/** The tag `rc_tm` of a client that `advertise_reconnect_timeout` says something about. */
export function reconnectTag({ advertiseReconnectTimeout }: GossipOptions): string | undefined {
  return advertiseReconnectTimeout === undefined ? undefined : formatGoDuration(advertiseReconnectTimeout * 1e6)
}
