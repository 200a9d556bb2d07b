import { networkInterfaces } from 'node:os'
import { ConfigError } from '../kernel/errors.ts'
import { type Address, type InterfaceAddress, resolveAddresses } from './address.ts'

/** The addresses of this machine, as templates such as `{{ GetPrivateIP }}` choose from. */
export function machineInterfaces(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, internal }) => ({ name, address, internal })),
  )
}

/** An IP, or `unix://` and a path. */
export function addressText(address: Address): string {
  return address.kind === 'ip' ? address.ip : `unix://${address.path}`
}

/** What a key of the configuration resolves to. @throws ConfigError that names the `key` */
export function withKey<T>(key: string, resolve: () => T): T {
  try {
    return resolve()
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${key}: ${error.message}`, { cause: error })
    throw error
  }
}

/**
 * Where one face listens: what `addresses.FACE` says, given with its `key`, or without it what `client_addr` does.
 *
 * @throws ConfigError for what is no address of this machine
 */
export function listenAddresses(
  key: string,
  words: readonly string[],
  clientAddresses: readonly string[],
): readonly string[] {
  if (words.length === 0) return clientAddresses
  return withKey(key, () => resolveAddresses(words, machineInterfaces())).map(addressText)
}
