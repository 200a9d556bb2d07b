import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { ConfigError } from '../kernel/errors.ts'

/** One address of this machine. node:os `networkInterfaces()` gives these, flattened; tests make their own. */
export interface InterfaceAddress {
  /** The interface's name: `eth0`. */
  readonly name: string
  /** An IP without zone. */
  readonly address: string
  /** True for loopback interfaces. */
  readonly internal: boolean
}

/** Where to listen or connect. */
export type Address = { readonly kind: 'ip'; readonly ip: string } | { readonly kind: 'unix'; readonly path: string }

/** An address setting that cannot be used. The message has no origin: whoever knows the setting adds it. */
export class AddressError extends ConfigError {
  override readonly code = 'config_address'
}

/** Ranges that go-sockaddr counts as private: RFC 1918, RFC 6598, RFC 4193. */
const privateRanges = new BlockList()
privateRanges.addSubnet('10.0.0.0', 8, 'ipv4')
privateRanges.addSubnet('172.16.0.0', 12, 'ipv4')
privateRanges.addSubnet('192.168.0.0', 16, 'ipv4')
privateRanges.addSubnet('100.64.0.0', 10, 'ipv4')
privateRanges.addSubnet('fc00::', 7, 'ipv6')

/** Ranges no other machine can be reached by: this host, loopback, link-local, multicast. */
const unreachableRanges = new BlockList()
unreachableRanges.addSubnet('0.0.0.0', 8, 'ipv4')
unreachableRanges.addSubnet('127.0.0.0', 8, 'ipv4')
unreachableRanges.addSubnet('169.254.0.0', 16, 'ipv4')
unreachableRanges.addSubnet('224.0.0.0', 3, 'ipv4')
unreachableRanges.addAddress('::', 'ipv6')
unreachableRanges.addAddress('::1', 'ipv6')
unreachableRanges.addSubnet('fe80::', 10, 'ipv6')
unreachableRanges.addSubnet('ff00::', 8, 'ipv6')

const family = (ip: string) => (isIPv4(ip) ? 'ipv4' : 'ipv6')
const isPrivate = (ip: string) => privateRanges.check(ip, family(ip))
const isReachable = (ip: string) => !unreachableRanges.check(ip, family(ip))

/** `0.0.0.0` and `::`: every address of the machine. Fine to listen on, nothing to tell others. */
function isUnspecified(ip: string): boolean {
  return ip === '0.0.0.0' || (isIPv6(ip) && /^[0:]+$/.test(ip))
}

/**
 * What the words of an `addresses` option mean on this machine. Templates may give several addresses each; duplicates go.
 *
 * @throws AddressError when a word is no address, a template is unknown, or one finds nothing.
 */
export function resolveAddresses(words: readonly string[], interfaces: readonly InterfaceAddress[]): Address[] {
  const found = new Map<string, Address>()
  for (const word of words) {
    for (const address of resolveWord(word, interfaces)) {
      found.set(address.kind === 'ip' ? address.ip : address.path, address)
    }
  }
  return [...found.values()]
}

/**
 * The single IP that the words mean, as `bind_addr` and `advertise_addr` want it.
 *
 * @throws AddressError also when it is none, several, or a unix socket.
 */
export function resolveIp(words: readonly string[], interfaces: readonly InterfaceAddress[]): string {
  const [first, ...others] = resolveAddresses(words, interfaces)
  if (first?.kind !== 'ip' || others.length > 0) {
    throw new AddressError(`${JSON.stringify(words.join(' '))} must be exactly one IP address; write one`)
  }
  return first.ip
}

export interface AdvertiseChoice {
  readonly ip: string
  /** Addresses that would have done as well. Not empty means: say so in the log, it was a guess. */
  readonly others: readonly string[]
}

/**
 * The address to tell others: what the `setting` (`advertise_addr`) says, or without it the bind address, or for
 * `0.0.0.0` and `::` an address of that family. A private one comes first for IPv4 and a public one for IPv6, as in Consul; but where Consul refuses to
 * start on a machine with several, the first is taken, or a machine with Docker on it could not run a server untold.
 *
 * @throws AddressError when the setting is no single IP others can use, or the machine has no address of the family.
 */
export function chooseAdvertiseAddress(
  bindIp: string,
  interfaces: readonly InterfaceAddress[],
  setting: readonly string[] = [],
): AdvertiseChoice {
  if (setting.length > 0) {
    const ip = resolveIp(setting, interfaces)
    if (isUnspecified(ip)) throw new AddressError(`nobody can connect to ${ip}; advertise an address of this machine`)
    return { ip, others: [] }
  }
  if (!isUnspecified(bindIp)) return { ip: bindIp, others: [] }
  const wantsIpv4 = isIPv4(bindIp)
  const ofFamily = interfaces.filter(({ address }) => isIPv4(address) === wantsIpv4)
  const reachable = unique(ofFamily.filter(({ address, internal }) => !internal && isReachable(address)))
  const preferred = reachable.filter((ip) => isPrivate(ip) === wantsIpv4)
  const [ip, ...others] = preferred.length > 0 ? preferred : reachable
  if (ip !== undefined) return { ip, others }
  // A machine without a network can still run a server for itself.
  const loopback = ofFamily.find(({ internal }) => internal)
  if (loopback) return { ip: loopback.address, others: [] }
  throw new AddressError('this machine has no address to advertise; set advertise_addr')
}

function unique(interfaces: readonly InterfaceAddress[]): string[] {
  return [...new Set(interfaces.map(({ address }) => address))]
}

function resolveWord(word: string, interfaces: readonly InterfaceAddress[]): Address[] {
  if (word.startsWith('unix://')) {
    const path = word.slice('unix://'.length)
    if (path === '') throw new AddressError('"unix://" names no socket; write unix:// and a path')
    return [{ kind: 'unix', path }]
  }
  if (word.includes('{{')) return resolveTemplate(word, interfaces).map((ip) => ({ kind: 'ip', ip }))
  const ip = word.startsWith('[') && word.endsWith(']') ? word.slice(1, -1) : word
  if (isIP(ip) === 0) {
    throw new AddressError(`${JSON.stringify(word)} is not an IP address; write one such as 10.0.0.1 or ::1`)
  }
  return [{ kind: 'ip', ip }]
}

const templatePattern = /^\{\{\s*([A-Za-z]+)(?:\s+(?:"([^"]*)"|`([^`]*)`))?\s*\}\}$/

/** The template functions that give addresses by themselves; a pipeline of go-sockaddr's others is refused. */
function resolveTemplate(template: string, interfaces: readonly InterfaceAddress[]): string[] {
  const [, name = '', quoted, ticked] = templatePattern.exec(template) ?? []
  const argument = quoted ?? ticked
  const select = templateFunctions.get(name)
  if (!select || (argument !== undefined) !== select.takesName) {
    throw new AddressError(
      `the template ${JSON.stringify(template)} is not supported; use an IP address or one of ${supportedTemplates}`,
    )
  }
  const found = select.addresses(interfaces, argument ?? '')
  if (found.length === 0) throw new AddressError(`${template} finds no address on this machine; write the address`)
  return select.all ? found : found.slice(0, 1)
}

interface TemplateFunction {
  readonly takesName: boolean
  readonly all: boolean
  addresses(interfaces: readonly InterfaceAddress[], name: string): string[]
}

const named = (interfaces: readonly InterfaceAddress[], name: string) =>
  ipv4First(interfaces.filter((one) => one.name === name && !one.address.toLowerCase().startsWith('fe80:')))
const privateOnes = (interfaces: readonly InterfaceAddress[]) =>
  ipv4First(interfaces.filter(({ address, internal }) => !internal && isPrivate(address)))
const publicOnes = (interfaces: readonly InterfaceAddress[]) =>
  ipv4First(interfaces.filter(({ address, internal }) => !internal && isReachable(address) && !isPrivate(address)))

const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map([
  ['GetPrivateIP', { takesName: false, all: false, addresses: privateOnes }],
  ['GetPrivateIPs', { takesName: false, all: true, addresses: privateOnes }],
  ['GetPublicIP', { takesName: false, all: false, addresses: publicOnes }],
  ['GetPublicIPs', { takesName: false, all: true, addresses: publicOnes }],
  ['GetInterfaceIP', { takesName: true, all: false, addresses: named }],
  ['GetInterfaceIPs', { takesName: true, all: true, addresses: named }],
])

const supportedTemplates = [...templateFunctions]
  .map(([name, { takesName }]) => `{{ ${name}${takesName ? ' "eth0"' : ''} }}`)
  .join(', ')

function ipv4First(interfaces: readonly InterfaceAddress[]): string[] {
  const addresses = unique(interfaces)
  return [...addresses.filter((ip) => isIPv4(ip)), ...addresses.filter((ip) => isIPv6(ip))]
}
