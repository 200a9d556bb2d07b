import { ConfigError } from '../../src/kernel/errors.ts'

/** Why an address cannot be listened on, naming the key to change. */
export function listenError(error: NodeJS.ErrnoException, address: string): Error {
  const where = `cannot serve HTTP on ${address}`
  const cause = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `${where}: another program listens there; stop it, or choose another port with ports.http (-http-port)`,
        cause,
      )
    case 'EADDRNOTAVAIL':
      return new ConfigError(
        `${where}: this machine has no such address; correct addresses.http or client_addr (-client)`,
        cause,
      )
    case 'EACCES':
      return new ConfigError(
        `${where}: not permitted; choose a ports.http above 1023, or a socket path that this user may write`,
        cause,
      )
    case 'ENOENT':
    case 'ENOTDIR':
      return new ConfigError(`${where}: the folder of the socket does not exist; create it`, cause)
    default:
      return new ConfigError(`${where}: ${error.message}; correct addresses.http, client_addr or ports.http`, cause)
  }
}
