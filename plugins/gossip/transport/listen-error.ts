import { ConfigError } from '../../../src/kernel/errors.ts'
import { endpointText } from '../join-address.ts'
import type { TransportSetup } from './setup.ts'

/** Why the port of a pool cannot be listened on, naming the key to change. */
export function listenError(
  error: NodeJS.ErrnoException,
  protocol: 'UDP' | 'TCP',
  { host, port, settings }: Pick<TransportSetup, 'host' | 'port' | 'settings'>,
): ConfigError {
  const where = `cannot listen for gossip on ${endpointText({ address: host, port })} (${protocol})`
  return new ConfigError(`${where}: ${advice(error, settings)}`, { cause: error })
}

function advice(error: NodeJS.ErrnoException, { port, address }: TransportSetup['settings']): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `another program listens there; stop it, or choose another port with ${port}`
    case 'EADDRNOTAVAIL':
      return `this machine has no such address; correct ${address}`
    case 'EACCES':
      return `not permitted; choose a port above 1023 with ${port}`
    default:
      return `${error.message}; correct ${address} or ${port}`
  }
}
