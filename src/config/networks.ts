import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../kernel/errors.ts'

/** Whether an address is in one of some networks. */
export type Networks = (address: string) => boolean

/**
 * The networks of `serf_lan_allowed_cidrs` or its like, given with its `key`; undefined when it names none, which allows
 * everybody.
 *
 * @throws ConfigError for what is no network
 */
export function readNetworks(key: string, cidrs: readonly string[]): Networks | undefined {
  if (cidrs.length === 0) return undefined
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [, address = '', digits = ''] = /^(.+)\/(\d{1,3})$/.exec(cidr.trim()) ?? []
    const family = isIP(address)
    const prefix = Number(digits)
    if (family === 0 || prefix > (family === 4 ? 32 : 128)) {
      throw new ConfigError(`${key}: "${cidr}" is no network; write one such as 10.0.0.0/8 or fd00::/8`)
    }
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}
