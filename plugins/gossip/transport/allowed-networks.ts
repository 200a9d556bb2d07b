import { BlockList, isIP, isIPv6 } from 'node:net'
import { ConfigError } from '../../../src/kernel/errors.ts'

/**
 * Whether an address lies in one of these networks (`10.0.0.0/8`, `fd00::/8`), for `serf_lan_allowed_cidrs` and its like.
 *
 * @throws ConfigError for what is no network; whoever knows the setting adds its name
 */
export function allowedNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? []
    const bitsMax = isIPv6(address) ? 128 : 32
    if (isIP(address) === 0 || Number(bits) > bitsMax) {
      throw new ConfigError(
        `"${network}" is no network; write an IP address and the length of its prefix, like 10.0.0.0/8`,
      )
    }
    list.addSubnet(address, Number(bits), familyOf(address))
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
