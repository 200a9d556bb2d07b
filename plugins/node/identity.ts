import { isIPv4 } from 'node:net'
import { chooseAdvertiseAddress, type InterfaceAddress, resolveAddresses, resolveIp } from '../../src/config/address.ts'
import { addressText, withKey } from '../../src/config/listen-addresses.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { OptionValues } from '../../src/kernel/options.ts'
import type { NodeIdentity } from './contract.ts'
import { isUuid } from './data-dir.ts'
import type { nodeOptions } from './options.ts'

export type NodeOptions = OptionValues<typeof nodeOptions>

/** What the machine and the build contribute. */
export interface Surroundings {
  readonly hostName: string
  readonly interfaces: readonly InterfaceAddress[]
  readonly version: string
  readonly consulVersion: string
}

/** Everything about this node but its id, which lies in the data directory. */
export type NodeFacts = Omit<NodeIdentity, 'id'>

export interface SettledIdentity {
  readonly facts: NodeFacts
  /** Addresses that would have done as well as the advertised one, which was a guess then. */
  readonly otherAddresses: readonly string[]
}

/** Limits of Consul on what may stand in `node_meta`. */
const metaPairsMax = 64
const metaKeyMax = 128
const metaValueMax = 512

/** Settles who this node is from what was configured and what the machine is. Throws a ConfigError that names the key. */
export function settleIdentity(options: NodeOptions, around: Surroundings): SettledIdentity {
  if (!options.dev && options.dataDir === undefined) {
    throw new ConfigError('data_dir: required; set it or -data-dir, or use -dev to keep everything in memory')
  }
  if (!/^[a-z0-9_-]+$/i.test(options.datacenter)) {
    throw new ConfigError(`datacenter: "${options.datacenter}" must consist of letters, digits, - and _`)
  }
  if (options.nodeId !== undefined && !isUuid(options.nodeId.toLowerCase())) {
    throw new ConfigError(`node_id: "${options.nodeId}" is no UUID`)
  }
  checkMeta(options.nodeMeta)
  checkPorts(options)

  const bindAddress = withKey('bind_addr', () => resolveIp(options.bindAddr, around.interfaces))
  const { ip: advertiseAddress, others: otherAddresses } = withKey('advertise_addr', () =>
    chooseAdvertiseAddress(bindAddress, around.interfaces, options.advertiseAddr),
  )
  const advertiseWanAddress = withKey('advertise_addr_wan', () =>
    options.advertiseAddrWan.length > 0 ? resolveIp(options.advertiseAddrWan, around.interfaces) : advertiseAddress,
  )
  const facts: NodeFacts = {
    name: settleName(options.nodeName, around.hostName),
    datacenter: options.datacenter.toLowerCase(),
    server: options.server,
    version: around.version,
    consulVersion: around.consulVersion,
    dev: options.dev,
    dataDir: options.dev ? undefined : options.dataDir,
    bindAddress,
    advertiseAddress,
    advertiseWanAddress,
    clientAddresses: withKey('client_addr', () => resolveAddresses(options.clientAddr, around.interfaces)).map(
      addressText,
    ),
    ports: {
      http: options.httpPort,
      dns: options.dnsPort,
      server: options.serverPort,
      serfLan: options.serfLanPort,
      serfWan: options.serfWanPort,
    },
    meta: options.nodeMeta,
    taggedAddresses: taggedAddresses(advertiseAddress, advertiseWanAddress),
  }
  return { facts, otherAddresses }
}

function settleName(configured: string | undefined, hostName: string): string {
  const name = configured ?? hostName
  if (name.trim() === '') throw new ConfigError('node_name: must not be empty')
  return name
}

function taggedAddresses(lan: string, wan: string): Record<string, string> {
  return {
    lan,
    [isIPv4(lan) ? 'lan_ipv4' : 'lan_ipv6']: lan,
    wan,
    [isIPv4(wan) ? 'wan_ipv4' : 'wan_ipv6']: wan,
  }
}

/** Every other port can be off. */
function checkPorts({ server, serverPort, serfLanPort }: NodeOptions): void {
  if (serfLanPort < 0) {
    throw new ConfigError('ports.serf_lan: an agent finds the others by it, so it cannot be off; choose a port')
  }
  if (server && serverPort < 0) {
    throw new ConfigError('ports.server: servers talk to one another on it, so it cannot be off; choose a port')
  }
}

function checkMeta(meta: Readonly<Record<string, string>>): void {
  const pairs = Object.entries(meta)
  if (pairs.length > metaPairsMax) throw new ConfigError(`node_meta: ${pairs.length} pairs; at most ${metaPairsMax}`)
  for (const [key, value] of pairs) {
    if (key === '' || key.length > metaKeyMax || !/^[A-Za-z0-9_-]+$/.test(key)) {
      throw new ConfigError(`node_meta: the key "${key}" must be 1 to ${metaKeyMax} letters, digits, - and _`)
    }
    if (key.startsWith('consul-'))
      throw new ConfigError(`node_meta: the key "${key}" begins with consul-, which is reserved`)
    if (value.length > metaValueMax)
      throw new ConfigError(`node_meta: the value of "${key}" is longer than ${metaValueMax}`)
  }
}
