import { runRecover } from './operator-recover.ts'
import { writeError, writeLine } from './print.ts'

const help = `Usage: proconsul operator <subcommand> [flags] …

  recover   makes a cluster of the servers that are left, from their data directories

Each has a -help of its own.`

/** `proconsul operator …`: tools for those who run a cluster. Resolves with the exit status. */
export async function runOperator(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === 'recover') return runRecover(rest)
  if (name === undefined || /^--?h(elp)?$/.test(name)) {
    writeLine(help)
    return name === undefined ? 1 : 0
  }
  writeError(`==> operator has no subcommand ${name}\n\n${help}`)
  return 1
}
