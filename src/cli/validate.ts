import { ConfigError } from '../kernel/errors.ts'
import { Log } from '../kernel/log.ts'
import { createAgent } from './agent.ts'
import { parseAgentArguments } from './argv.ts'
import { type AssemblyInput, assemble, ownersOf } from './assemble.ts'
import { writeError, writeLine } from './print.ts'

/**
 * `proconsul validate [flags] [FILE or FOLDER …]`: reads configuration as `agent` would and sets every plugin up, so that
 * all that can be wrong before something is opened shows. Nothing is opened or written.
 */
export async function runValidate(input: AssemblyInput): Promise<number> {
  if (input.args.length === 0) throw new ConfigError('validate what? Name files or folders, and the flags they go with')
  const { rest } = parseAgentArguments(input.args, ownersOf(input.bundled), { tolerant: true })
  const assembly = await assemble({ ...input, morePlaces: rest })
  createAgent(assembly, silentLog(), () => undefined)
  for (const warning of assembly.configuration.warnings) writeError(`==> warning: ${warning}`)
  writeLine('Configuration is valid!')
  return 0
}

/** For agents that are set up and never started. */
export function silentLog(): Log {
  return new Log({ level: 'error', json: false, write: () => undefined, nowMs: () => 0 })
}
