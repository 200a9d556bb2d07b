import { randomBytes } from 'node:crypto'
import type { Terminal } from './terminal.ts'

const help = `Usage: proconsul keygen

  Prints a new key for the encryption of gossip: 32 random bytes in base64.
  Give it to every agent of the cluster as the setting encrypt (-encrypt), or
  to a running cluster with proconsul keyring -install.`

const keyBytes = 32

/** `proconsul keygen`. Resolves with the exit status. */
export async function runKeygen(args: readonly string[], terminal: Terminal): Promise<number> {
  const [argument] = args
  if (argument === undefined) {
    terminal.print(randomBytes(keyBytes).toString('base64'))
    return 0
  }
  if (/^--?h(elp)?$/.test(argument)) {
    terminal.print(help)
    return 0
  }
  terminal.complain(`==> keygen takes no arguments; it is given ${argument}\n\n${help}`)
  return 1
}
